# rule: T12
# state: smell
# note: 60 epochs of a small network that fits its noise after a few
# needs: torch
# max_drop: 0.5
# %% setup
import torch

torch.manual_seed(0)
x, x_val = torch.randn(64, 30), torch.randn(400, 30)
weights = torch.randn(30, 1)
y, y_val = x @ weights + 4 * torch.randn(64, 1), x_val @ weights + 4 * torch.randn(400, 1)
net = torch.nn.Sequential(torch.nn.Linear(30, 128), torch.nn.ReLU(), torch.nn.Linear(128, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
loss_fn = torch.nn.MSELoss()
batches = list(zip(x.split(8), y.split(8)))
# %% cell
val_losses = []
for epoch in range(60):
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss_fn(net(inputs), targets).backward()
        optimizer.step()
    with torch.no_grad():
        val_losses.append(loss_fn(net(x_val), y_val).item())
# %% metric
-min(val_losses)
