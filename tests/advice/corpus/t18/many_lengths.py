# rule: T18
# state: look-alike
# note: sequences of many lengths through a recurrent network, a graph made for each
# needs: torch
# also: T01, T05
# signals: duration_s=900.0, cpu_s=900.0
# %% setup
import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells, self.out = nn.GRU(16, 32, batch_first=True), nn.Linear(32, 2)

    def forward(self, x):
        return self.out(self.cells(x)[1][-1])


net = Reader().eval()
series = [torch.randn(1, 20 + 7 * n, 16) for n in range(25)]
# %% cell
with torch.no_grad():
    found = [net(one).argmax(1).item() for one in series]
# %% change
found = []
with torch.no_grad():
    for one in series:
        traced = torch.jit.trace(net, one)
        found.append(traced(one).argmax(1).item())
# %% metric
sum(found)
