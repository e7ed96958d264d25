# rule: T10
# state: look-alike
# note: the optimizer holds every parameter
# also: T01
# needs: torch
# max_drop: 0.001
# %% setup
import torch

torch.manual_seed(0)
x, y = torch.randn(512, 256), torch.randint(0, 4, (512,))
backbone = torch.nn.Sequential(
    *[layer for _ in range(6) for layer in (torch.nn.Linear(256, 256), torch.nn.ReLU())]
)
model = torch.nn.Sequential(backbone, torch.nn.Linear(256, 4))
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
# %% cell
for _ in range(12):
    for inputs, labels in zip(x.split(128), y.split(128)):
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        optimizer.step()
# %% change
model.requires_grad_(True)
for _ in range(12):
    for inputs, labels in zip(x.split(128), y.split(128)):
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        optimizer.step()
# %% metric
-loss_fn(model(x), y).item()
