# rule: T12
# state: smell
# note: 80 epochs whose accuracy is kept in a dictionary
# needs: torch
# max_drop: 0.02
# %% setup
import torch

torch.manual_seed(0)
x, x_val = torch.randn(64, 30), torch.randn(400, 30)
weights = torch.randn(30, 1)
y, y_val = (
    (part @ weights + 8 * torch.randn(len(part), 1) > 0).float() for part in (x, x_val)
)
net = torch.nn.Sequential(torch.nn.Linear(30, 128), torch.nn.ReLU(), torch.nn.Linear(128, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
loss_fn = torch.nn.BCEWithLogitsLoss()
batches = list(zip(x.split(8), y.split(8)))
# %% cell
history = {'val_acc': []}
for epoch in range(80):
    net.train()
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss = loss_fn(net(inputs), targets)
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        right = ((net(x_val) > 0) == (y_val > 0)).float().mean().item()
    history['val_acc'].append(right)
# %% metric
max(history['val_acc'])
