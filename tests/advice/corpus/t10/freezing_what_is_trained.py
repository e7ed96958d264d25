# rule: T10
# state: fix-hurts
# note: to freeze a backbone that learns makes the model worse
# needs: torch
# max_drop: 0.005
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
optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
# %% cell
for _ in range(12):
    for inputs, labels in zip(x.split(128), y.split(128)):
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        optimizer.step()
# %% change
backbone.requires_grad_(False)
for _ in range(12):
    for inputs, labels in zip(x.split(128), y.split(128)):
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        optimizer.step()
# %% metric
-loss_fn(model(x), y).item()
