# rule: T07
# state: look-alike
# note: a busy GPU
# needs: torch
# signals: gpu_busy=0.95, gpu_memory_share=0.9
# %% setup
import torch
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = TensorDataset(torch.randn(2048, 16), torch.randn(2048, 1))
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
loader = DataLoader(data, batch_size=256)
for epoch in range(4):
    for inputs, targets in loader:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
