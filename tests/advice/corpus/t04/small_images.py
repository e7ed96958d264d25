# rule: T04
# state: fix-hurts
# note: few channels and small images; bringing each into the layout costs more than it saves
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(
    nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10),
)
net.eval()
images = torch.randn(1_600, 3, 28, 28)
# %% cell
answers = []
with torch.no_grad():
    for batch in images.split(32):
        answers.append(net(batch).argmax(1))
answers = torch.cat(answers)
# %% change
answers = []
net.to(memory_format=torch.channels_last)
with torch.no_grad():
    for batch in images.split(32):
        batch = batch.to(memory_format=torch.channels_last)
        answers.append(net(batch).argmax(1))
answers = torch.cat(answers)
# %% metric
answers.float().mean().item()
