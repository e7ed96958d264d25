# rule: T07
# state: fix-hurts
# note: on a CPU larger batches make the same epochs learn less
# needs: torch
# max_drop: 0.01
# %% setup
import torch
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(2048, 16)
data = TensorDataset(x, x @ torch.randn(16, 1))
loader = DataLoader(data, batch_size=16)
net = torch.nn.Linear(16, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
# %% cell
for epoch in range(4):
    for inputs, targets in loader:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
# %% change
loader = DataLoader(data, batch_size=512)
for epoch in range(4):
    for inputs, targets in loader:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
# %% metric
-torch.nn.functional.mse_loss(net(data.tensors[0]), data.tensors[1]).item()
