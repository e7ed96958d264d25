# rule: T05
# state: look-alike
# note: one short training run; the compiler traces both directions first
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(*[layer for _ in range(3) for layer in (nn.Linear(64, 64), nn.GELU())])
x = torch.randn(6_400, 64)
# %% cell
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for batch in x.split(32):
    optimizer.zero_grad()
    loss = (net(batch) - batch).pow(2).mean()
    loss.backward()
    optimizer.step()
# %% change
net.compile(backend="aot_eager")
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for batch in x.split(32):
    optimizer.zero_grad()
    loss = (net(batch) - batch).pow(2).mean()
    loss.backward()
    optimizer.step()
# %% metric
-round(loss.item(), 4)
