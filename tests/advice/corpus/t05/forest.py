# rule: T05
# state: look-alike
# note: a long cell whose time goes to a tree search in Python, not to the model
# needs: torch
# %% setup
import torch
from torch import nn

scorer = nn.Linear(8, 1)


def depth(n):
    return 1 if n < 2 else depth(n - 1) + depth(n - 2)


# %% cell
leaves = depth(19)
with torch.no_grad():
    score = scorer(torch.ones(1, 8)).item()
# %% change
leaves = depth(19)
fast = torch.compile(scorer, backend="eager")
with torch.no_grad():
    score = fast(torch.ones(1, 8)).item()
# %% metric
float(leaves)
