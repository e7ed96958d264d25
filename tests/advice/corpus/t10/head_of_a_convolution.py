# rule: T10
# state: smell
# note: a convolutional network whose head alone is stepped
# needs: torch
# max_drop: 0.001
# %% setup
import torch
from torch import nn, optim

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU()
        )
        self.head = nn.Linear(32, 10)

    def forward(self, images):
        return self.head(self.features(images).mean((2, 3)))


net = Net()
images, labels = torch.randn(64, 3, 24, 24), torch.randint(0, 10, (64,))
criterion = nn.CrossEntropyLoss()
opt = optim.Adam(net.head.parameters())
# %% cell
for epoch in range(6):
    for start in range(0, 64, 16):
        opt.zero_grad()
        criterion(net(images[start : start + 16]), labels[start : start + 16]).backward()
        opt.step()
# %% metric
-criterion(net(images), labels).item()
