# rule: D02
# state: look-alike
# note: the cache is emptied once, after the loop
# needs: torch
# signals: gpu_busy=0.9, gpu_memory_share=0.3
# %% setup
import torch

torch.manual_seed(0)
# The GPU is simulated: torch is only said to work on one, where the call does nothing.
torch.cuda._initialized = True
torch.cuda.empty_cache = lambda: None
torch.cuda.empty_cache.__module__ = "torch.cuda.memory"
torch.cuda.empty_cache.__qualname__ = "empty_cache"
net = torch.nn.Linear(64, 8)
batches = [torch.randn(32, 64) for _ in range(50)]
# %% cell
total = 0.0
with torch.inference_mode():
    for batch in batches:
        total += float(net(batch).sum())
torch.cuda.empty_cache()
# %% change
total = 0.0
with torch.inference_mode():
    for batch in batches:
        total += float(net(batch).sum())
