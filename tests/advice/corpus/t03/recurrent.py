# rule: T03
# state: smell
# note: a recurrent network read out sequence by sequence in a comprehension
# needs: torch
# %% setup
import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.GRU(16, 32, batch_first=True)
        self.out = nn.Linear(32, 1)

    def forward(self, x):
        return self.out(self.cells(x)[1][-1])


reader = Reader().eval()
series = torch.randn(60, 1, 150, 16)
# %% cell
forecast = [reader(one).item() for one in series]
# %% metric
sum(forecast)
