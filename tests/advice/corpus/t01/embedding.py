# rule: T01
# state: smell
# note: nearly all weights are a table that is looked up, not multiplied; even so it saves a little
# known-failure: the rule counts only weights that are multiplied
# needs: torch, bfloat16
# max_drop: 0.01
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(nn.EmbeddingBag(20_000, 32), nn.Linear(32, 4))
X = torch.randint(0, 20_000, (2_048, 20))
y = X[:, 0] % 4
batches = list(zip(X.split(128), y.split(128)))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
# %% cell
for epoch in range(4):
    for xb, yb in batches:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
# %% change
for epoch in range(4):
    for xb, yb in batches:
        opt.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
