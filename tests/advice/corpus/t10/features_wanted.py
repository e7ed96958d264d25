# rule: T10
# state: look-alike
# note: most of the weights are in a second optimizer that is stepped as well
# needs: torch
# max_drop: 0.0005
# %% setup
import torch

torch.manual_seed(0)
x = torch.randn(512, 256)
y = (x[:, 0] * x[:, 1] > 0).long()
backbone = torch.nn.Sequential(
    *[layer for _ in range(3) for layer in (torch.nn.Linear(256, 256), torch.nn.ReLU())]
)
model = torch.nn.Sequential(backbone, torch.nn.Linear(256, 4))
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model[1].parameters(), lr=0.002)
slow = torch.optim.Adam(backbone.parameters(), lr=0.001)
# %% cell
for _ in range(12):
    for inputs, labels in zip(x.split(128), y.split(128)):
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        optimizer.step()
        slow.step()
        slow.zero_grad()
# %% change
model.requires_grad_(False)
for group in optimizer.param_groups:
    for parameter in group["params"]:
        parameter.requires_grad_(True)
for _ in range(12):
    for inputs, labels in zip(x.split(128), y.split(128)):
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        optimizer.step()
        slow.step()
        slow.zero_grad()
# %% metric
-loss_fn(model(x), y).item()
