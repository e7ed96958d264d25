# rule: D01
# state: look-alike
# note: few large batches and much work on each: the workers do not weigh
# needs: torch
# %% setup
import torch
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = TensorDataset(torch.randn(512, 64), torch.randn(512, 1))
net = torch.nn.Sequential(
    torch.nn.Linear(64, 4096),
    torch.nn.ReLU(),
    torch.nn.Linear(4096, 4096),
    torch.nn.ReLU(),
    torch.nn.Linear(4096, 1),
)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
# %% cell
loader = DataLoader(data, batch_size=256, num_workers=1, persistent_workers=True)
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
