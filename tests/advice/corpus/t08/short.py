# rule: T08
# state: look-alike
# note: a second at the limit
# needs: torch
# signals: gpu_busy=0.95, gpu_power_w=690, gpu_limit_w=700
# %% setup
import torch
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = TensorDataset(torch.randn(2048, 16), torch.randn(2048, 1))
loader = DataLoader(data, batch_size=64)
net = torch.nn.Linear(16, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
# %% cell
for epoch in range(4):
    for inputs, targets in loader:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
# %% change
for epoch in range(4):
    for inputs, targets in loader:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
