# rule: L04
# state: fix-hurts
# note: layers in main memory say that the GPU (only said to hold the others) is full
# needs: torch, transformers
# signals: gpu_memory_share=0.3
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
    "transformer.h.1": "cpu",
    "lm_head": "cpu",
}
# %% cell
out = model.generate(ids, max_new_tokens=32, do_sample=False)
# %% change
model.hf_device_map = {"": 0}
out = model.generate(ids, max_new_tokens=32, do_sample=False)
