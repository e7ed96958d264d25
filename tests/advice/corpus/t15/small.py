# rule: T15
# state: look-alike
# note: small layers, one row at a time: a call's own cost is what it takes
# needs: torch
# also: T01
# %% setup
import torch

layers = [layer for _ in range(4) for layer in (torch.nn.Linear(48, 48), torch.nn.ReLU())]
net = torch.nn.Sequential(*layers, torch.nn.Linear(48, 8)).eval()
x = torch.randn(3_000, 48)
# %% cell
with torch.no_grad():
    found = torch.cat([net(row).argmax(1) for row in x.split(1)])
# %% change
int8 = torch.ao.quantization.quantize_dynamic(net, {torch.nn.Linear}, dtype=torch.qint8)
with torch.no_grad():
    found = torch.cat([int8(row).argmax(1) for row in x.split(1)])
