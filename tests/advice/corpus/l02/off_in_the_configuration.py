# rule: L02
# state: smell
# note: the cache was switched off for training, and generation inherits it
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
model.generation_config.use_cache = False
# %% cell
texts = []
for row in ids:
    out = model.generate(row[None], max_new_tokens=64, do_sample=False)
    texts.append(out[0, 32:])
# %% metric
float(sum(text.sum() for text in texts))
