# rule: T15
# state: smell
# note: a trained perceptron scores rows in batches
# needs: torch
# max_drop: 0.01
# %% setup
import torch

torch.manual_seed(0)
net = torch.nn.Sequential(
    torch.nn.Linear(1024, 1024),
    torch.nn.ReLU(),
    torch.nn.Linear(1024, 1024),
    torch.nn.ReLU(),
    torch.nn.Linear(1024, 4),
)
x = torch.randn(2_400, 1024)
y = x[:, :4].argmax(1)
x[:, :4] *= 4
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for rows, labels in zip(x.split(120), y.split(120)):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(net(rows), labels).backward()
    optimizer.step()
net.eval()
# %% cell
right = 0
with torch.no_grad():
    for rows, labels in zip(x.split(64), y.split(64)):
        right += (net(rows).argmax(1) == labels).sum().item()  # as many as are right
# %% metric
right / len(x)
