# rule: T01
# state: fixed
# note: the model itself is in bfloat16
# needs: torch, bfloat16
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(
    nn.Linear(32, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 4)
)
X = torch.randn(640, 32)
y = X[:, :4].argmax(1)
batches = list(zip(X.split(128), y.split(128)))
opt = torch.optim.SGD(net.parameters(), lr=0.05)

net = net.to(torch.bfloat16)
batches = [(x.to(torch.bfloat16), t) for x, t in batches]
opt = torch.optim.SGD(net.parameters(), lr=0.05)
# %% cell
for epoch in range(1):
    for xb, yb in batches:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
