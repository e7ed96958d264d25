# rule: T01
# state: look-alike
# note: a solver in float64, which autocast leaves alone
# needs: torch, bfloat16
# max_drop: 0.001
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

torch.set_default_dtype(torch.float64)
net = nn.Sequential(nn.Linear(1, 300), nn.Tanh(), nn.Linear(300, 300), nn.Tanh(), nn.Linear(300, 1))
x = torch.linspace(0, 1, 64)[:, None].requires_grad_()
opt = torch.optim.LBFGS(net.parameters(), max_iter=6)
# %% cell
def step():
    opt.zero_grad()
    u = net(x)
    slope = torch.autograd.grad(u.sum(), x, create_graph=True)[0]
    loss = ((slope - u) ** 2).mean() + (net(x[:1]) - 1).pow(2).mean()
    loss.backward()
    return loss

for _ in range(2):
    final = opt.step(step)
# %% change
def step():
    opt.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        u = net(x)
        slope = torch.autograd.grad(u.sum(), x, create_graph=True)[0]
        loss = ((slope - u) ** 2).mean() + (net(x[:1]) - 1).pow(2).mean()
    loss.backward()
    return loss

for _ in range(2):
    final = opt.step(step)
# %% metric
-float(final)
