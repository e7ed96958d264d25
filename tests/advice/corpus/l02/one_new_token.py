# rule: L02
# state: fix-hurts
# note: with one new token per call nothing is ever read back from the cache
# needs: torch, transformers
# %% setup
import torch
import transformers

torch.set_num_threads(1)
torch.manual_seed(0)
config = transformers.GPT2Config(
    vocab_size=64,
    n_embd=128,
    n_layer=4,
    n_head=4,
    n_positions=256,
    bos_token_id=0,
    eos_token_id=0,
)
model = transformers.GPT2LMHeadModel(config).eval()
model.generation_config.eos_token_id = None
ids = torch.randint(1, 60, (4, 32))
texts = torch.randint(1, 60, (16, 192))
# %% cell
out = model.generate(texts, max_new_tokens=1, do_sample=False, use_cache=False)
# %% change
out = model.generate(texts, max_new_tokens=1, do_sample=False, use_cache=True)
