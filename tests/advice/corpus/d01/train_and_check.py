# rule: D01
# state: smell
# note: two loaders, for training and for checking
# needs: torch
# %% setup
import torch
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = TensorDataset(torch.randn(4000, 16), torch.randn(4000, 1))
net = torch.nn.Linear(16, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
other = TensorDataset(torch.randn(1000, 16), torch.randn(1000, 1))
# %% cell
train = DataLoader(data, batch_size=32, num_workers=2, prefetch_factor=4, persistent_workers=True)
check = DataLoader(other, batch_size=64, num_workers=2, persistent_workers=True)
for epoch in range(2):
    for inputs, targets in train:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
    with torch.no_grad():
        for inputs, targets in check:
            error = float(((net(inputs) - targets) ** 2).mean())
