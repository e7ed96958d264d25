# rule: T17
# state: smell
# note: a small model in NF4 on a GPU (only said to lie there) with room
# needs: torch, transformers, bitsandbytes
# signals: gpu_memory_share=0.1
# label: cited
# %% setup
import tempfile

import bitsandbytes
import torch
import transformers

config = transformers.LlamaConfig(
    vocab_size=64,
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=2,
)
folder = tempfile.mkdtemp()
transformers.LlamaForCausalLM(config).save_pretrained(folder)
bits = transformers.BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")
ids = torch.ones(1, 4, dtype=torch.long)
# %% cell
model = transformers.AutoModelForCausalLM.from_pretrained(folder, quantization_config=bits)
model.hf_device_map = {"": 0}
out = model.generate(ids, max_new_tokens=4, do_sample=False)
