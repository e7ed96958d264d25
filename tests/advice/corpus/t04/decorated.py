# rule: T04
# state: smell
# note: the same in a function that keeps no gradients, with a larger network
# also: T01
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(
    nn.Conv2d(3, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
    nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU(),
    nn.Conv2d(128, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10),
)
net.eval()
images = torch.randn(24, 3, 48, 48)
# %% cell
@torch.inference_mode()
def classify(model, x):
    return model(x).argmax(1)


answers = classify(net, images)
# %% metric
answers.float().mean().item()
