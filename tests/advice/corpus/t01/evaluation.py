# rule: T01
# state: smell
# note: evaluating an encoder without gradients
# needs: torch, bfloat16
# max_drop: 0.01
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

layer = nn.TransformerEncoderLayer(128, 4, 512, batch_first=True)
encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
head = nn.Linear(128, 3)
net = nn.Sequential(encoder, head)
data = [torch.randn(16, 32, 128) for _ in range(4)]
with torch.no_grad():
    truth = [net(x).argmax(-1) for x in data]
# %% cell
right = total = 0
with torch.no_grad():
    for x, t in zip(data, truth):
        out = net(x)
        right += (out.argmax(-1) == t).sum().item()
        total += t.numel()
# %% metric
right / total
