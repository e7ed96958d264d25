# rule: T15
# state: fixed
# note: the model predicts in int8 already
# needs: torch
# %% setup
import torch

layers = [layer for _ in range(4) for layer in (torch.nn.Linear(768, 768), torch.nn.ReLU())]
net = torch.nn.Sequential(*layers, torch.nn.Linear(768, 8)).eval()
net = torch.ao.quantization.quantize_dynamic(net, {torch.nn.Linear}, dtype=torch.qint8)
x = torch.randn(8_000, 768)
# %% cell
with torch.no_grad():
    found = torch.cat([net(rows).argmax(1) for rows in x.split(64)])
