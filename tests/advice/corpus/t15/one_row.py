# rule: T15
# state: smell
# note: one row at a time: the weights are read from memory for each
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
found = []
with torch.inference_mode():
    for row in x[:800].split(1):
        found.append(net(row).argmax(1))
found = torch.cat(found)
# %% metric
(found == y[:800]).float().mean().item()
