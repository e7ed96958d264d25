# rule: T01
# state: fixed
# note: the forward pass is under autocast
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
# %% cell
for epoch in range(1):
    for xb, yb in batches:
        opt.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
