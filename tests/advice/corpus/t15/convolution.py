# rule: T15
# state: look-alike
# note: convolutions take the time, and this quantises linear layers alone
# needs: torch
# also: T01, T04
# %% setup
import torch

conv = lambda a, b: torch.nn.Conv2d(a, b, 3, padding=1)
net = torch.nn.Sequential(
    conv(3, 32),
    torch.nn.ReLU(),
    conv(32, 64),
    torch.nn.ReLU(),
    torch.nn.AdaptiveAvgPool2d(1),
    torch.nn.Flatten(),
    torch.nn.Linear(64, 10),
).eval()
images = torch.randn(64, 3, 32, 32)
# %% cell
with torch.no_grad():
    found = torch.cat([net(batch).argmax(1) for batch in images.split(8)])
# %% change
int8 = torch.ao.quantization.quantize_dynamic(net, {torch.nn.Linear}, dtype=torch.qint8)
with torch.no_grad():
    found = torch.cat([int8(batch).argmax(1) for batch in images.split(8)])
