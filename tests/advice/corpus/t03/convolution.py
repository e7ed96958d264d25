# rule: T03
# state: look-alike
# note: convolutions cost the same with and without gradients: listed, not shown
# needs: torch
# %% setup
import torch
from torch import nn

network = nn.Sequential(
    nn.Conv2d(3, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10),
)
network.eval()
images = torch.randn(2048, 3, 32, 32)
# %% cell
scores = []
for batch in images.split(32):
    scores.append(network(batch).detach())
scores = torch.cat(scores)
# %% change
scores = []
for batch in images.split(32):
    with torch.no_grad():
        scores.append(network(batch))
scores = torch.cat(scores)
# %% metric
scores.sum().item()
