# rule: T01
# state: smell
# note: a recurrent layer, step after step
# needs: torch, bfloat16
# max_drop: 0.01
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(32, 128, batch_first=True)
        self.head = nn.Linear(128, 4)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


net = Tagger()
X = torch.randn(256, 40, 32)
y = X[:, -1, :4].argmax(1)
batches = list(zip(X.split(32), y.split(32)))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
# %% cell
for epoch in range(2):
    for xb, yb in batches:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
# %% change
for epoch in range(2):
    for xb, yb in batches:
        opt.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
