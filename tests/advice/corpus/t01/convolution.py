# rule: T01
# state: smell
# note: a small convolutional network, the loop in a function
# needs: torch, bfloat16
# max_drop: 0.02
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 64, 3, padding=1)
        self.second = nn.Conv2d(64, 128, 3, padding=1)
        self.head = nn.Linear(128, 5)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.first(x).relu(), 2)
        return self.head(self.second(x).relu().mean((2, 3)))


net = Net()
images = torch.randn(64, 3, 16, 16)
labels = torch.randint(0, 5, (64,))
criterion = nn.CrossEntropyLoss()
# %% cell
def train(model, images, labels, epochs=3):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        for start in range(0, len(images), 32):
            optimizer.zero_grad()
            out = model(images[start : start + 32])
            loss = criterion(out, labels[start : start + 32])
            loss.backward()
            optimizer.step()
    return loss.item()


final = train(net, images, labels)
# %% metric
-final
