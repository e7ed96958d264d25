# rule: T06
# state: fix-hurts
# note: cheap items without workers: worker processes cost more than they load
# needs: torch
# %% setup
import torch
from torch.utils.data import DataLoader, Dataset


class Rows(Dataset):
    def __len__(self):
        return 512

    def __getitem__(self, at):
        return rows[0][at], rows[1][at]


torch.manual_seed(0)
rows = torch.randn(512, 16), torch.randn(512, 1)
data = Rows()
net = torch.nn.Linear(16, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
# %% cell
loader = DataLoader(data, batch_size=64)
for epoch in range(20):
    for inputs, targets in loader:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
# %% change
loader = DataLoader(data, batch_size=64, num_workers=2, persistent_workers=True)
for epoch in range(20):
    for inputs, targets in loader:
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(net(inputs), targets).backward()
        optimizer.step()
