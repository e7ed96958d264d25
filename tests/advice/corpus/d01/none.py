# rule: D01
# state: fixed
# note: rows of tensors are loaded in the process itself
# needs: torch
# %% setup
import torch
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = TensorDataset(torch.randn(4000, 16), torch.randn(4000, 1))
net = torch.nn.Linear(16, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
# %% cell
loader = DataLoader(data, batch_size=32, shuffle=True)
for epoch in range(3):
    for inputs, targets in loader:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
