# rule: L04
# state: look-alike
# note: two GPUs (only said to hold it), both half full: one would not do
# needs: torch, transformers
# signals: gpu_memory_share=0.55
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
    "transformer.h.0": 0,
    "transformer.h.1": 1,
    "lm_head": 1,
}
# %% cell
out = model.generate(ids, max_new_tokens=32, do_sample=False)
# %% change
model.hf_device_map = {"": 0}
out = model.generate(ids, max_new_tokens=32, do_sample=False)
