# rule: N03
# state: fixed
# note: a tiny model trained where it is at home, while a GPU stands idle
# needs: torch
# signals: gpu_busy=0.02
# %% setup
import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(0)
X, y = torch.randn(2048, 16), torch.randint(0, 2, (2048,))
net = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 2))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
device = "cpu"
# %% cell
for _ in range(20):
    for start in range(0, 2048, 32):
        loss = criterion(
            net(X[start : start + 32].to(device)), y[start : start + 32].to(device)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
