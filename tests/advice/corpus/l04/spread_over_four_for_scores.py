# rule: L04
# state: smell
# note: a small model on four GPUs (only said to lie there) scores texts
# needs: torch, transformers
# signals: gpu_memory_share=0.1
# label: cited
# %% setup
import torch
import transformers

torch.set_num_threads(1)
torch.manual_seed(0)
config = transformers.GPT2Config(
    vocab_size=64,
    n_embd=64,
    n_layer=2,
    n_head=2,
    n_positions=128,
    bos_token_id=0,
    eos_token_id=0,
)
model = transformers.GPT2LMHeadModel(config).eval()
model.generation_config.eos_token_id = None
ids = torch.randint(1, 60, (4, 16))
model.hf_device_map = {
    "transformer.wte": 0,
    "transformer.h.0": 1,
    "transformer.h.1": 2,
    "lm_head": 3,
}
texts = torch.randint(1, 60, (64, 64))
# %% cell
losses = []
with torch.no_grad():
    for text in texts:
        losses.append(float(model(text[None], labels=text[None]).loss))
# %% change
model.hf_device_map = {"": 0}
losses = []
with torch.no_grad():
    for text in texts:
        losses.append(float(model(text[None], labels=text[None]).loss))
