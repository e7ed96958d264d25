# rule: L02
# state: look-alike
# note: a single pass for the loss keeps nothing, so a cache would only cost memory
# also: T01
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
texts = torch.randint(1, 60, (16, 128))
# %% cell
with torch.inference_mode():
    loss = model(texts, labels=texts, use_cache=False).loss
# %% change
with torch.inference_mode():
    loss = model(texts, labels=texts, use_cache=True).loss
