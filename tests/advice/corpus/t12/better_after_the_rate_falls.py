# rule: T12
# state: fix-hurts
# note: the loss pauses until the learning rate falls, then gets much better
# needs: torch
# max_drop: 0.001
# %% setup
import torch

torch.manual_seed(0)
x, x_val = torch.randn(640, 30), torch.randn(400, 30)
weights = torch.randn(30, 1)
y, y_val = x @ weights + 0 * torch.randn(640, 1), x_val @ weights + 0 * torch.randn(400, 1)
net = torch.nn.Sequential(torch.nn.Linear(30, 128), torch.nn.ReLU(), torch.nn.Linear(128, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.3)
steps = torch.optim.lr_scheduler.StepLR(optimizer, 25, gamma=0.02)
loss_fn = torch.nn.MSELoss()
batches = list(zip(x.split(64), y.split(64)))
# %% cell
val_losses = []
for epoch in range(40):
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss_fn(net(inputs), targets).backward()
        optimizer.step()
    with torch.no_grad():
        val_losses.append(loss_fn(net(x_val), y_val).item())
    steps.step()
# %% change
val_losses = []
for epoch in range(40):
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss_fn(net(inputs), targets).backward()
        optimizer.step()
    with torch.no_grad():
        val_losses.append(loss_fn(net(x_val), y_val).item())
    if len(val_losses) - 1 - val_losses.index(min(val_losses)) >= 4:
        break
    steps.step()
# %% metric
-min(val_losses)
