# rule: T04
# state: smell
# note: images of 64 by 64 classified by a network of plain convolutions
# also: T01
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(
    nn.Conv2d(3, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
    nn.Conv2d(64, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
    nn.Conv2d(64, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
)
net.eval()
images = torch.randn(32, 3, 64, 64)
# %% cell
answers = []
with torch.no_grad():
    for batch in images.split(8):
        answers.append(net(batch).argmax(1))
answers = torch.cat(answers)
# %% metric
answers.float().mean().item()
