# rule: T14
# state: smell
# note: pruned over all layers at once, called with a few rows
# needs: torch
# also: T01
# %% setup
import torch
import torch.nn.utils.prune as cut


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = torch.nn.Linear(64, 512), torch.nn.Linear(512, 512)
        self.c = torch.nn.Linear(512, 3)

    def forward(self, x):
        return self.c(self.b(self.a(x).relu()).relu())


net = Net().eval()
cut.global_unstructured(
    [(part, "weight") for part in (net.a, net.b, net.c)], cut.L1Unstructured, amount=0.7
)
parts = list(torch.randn(1_600, 64).split(4))
# %% cell
scores = []
with torch.no_grad():
    for part_of_rows in parts:
        scores.append(net(part_of_rows).softmax(1))
scores = torch.cat(scores)
# %% metric
-abs(scores.sum().item() - 1600)
