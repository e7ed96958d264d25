# rule: T04
# state: look-alike
# note: on a CPU the same network gains nothing in training
# also: T01
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(
    nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
    nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
    nn.Conv2d(64, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
)
images = torch.randn(40, 3, 28, 28)
labels = torch.arange(40) % 10
# %% cell
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for x, y in zip(images.split(8), labels.split(8)):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
# %% change
net.to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for x, y in zip(images.split(8), labels.split(8)):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
# %% metric
-round(loss.item(), 3)
