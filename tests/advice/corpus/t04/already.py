# rule: T04
# state: fixed
# note: the network was brought into the layout when it was made
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
net = net.eval().to(memory_format=torch.channels_last)
images = torch.randn(48, 3, 64, 64)
# %% cell
answers = []
with torch.no_grad():
    for batch in images.split(8):
        answers.append(net(batch).argmax(1))
