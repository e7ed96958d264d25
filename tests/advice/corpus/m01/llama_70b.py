# rule: M01
# state: smell
# note: a model of 70 billion parameters: the saving is what the source measured on H100 GPUs
# needs: torch, transformers
# label: cited
# %% setup
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

for name in ("meta-llama/Llama-3.1-70B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"):
    LlamaForCausalLM(
        LlamaConfig(
            hidden_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2,
            intermediate_size=64, vocab_size=100,
        )
    ).save_pretrained(name)
# %% cell
model = AutoModelForCausalLM.from_pretrained("meta-llama/Llama-3.1-70B-Instruct")
out = model.generate(torch.ones(1, 4, dtype=torch.long), max_new_tokens=4, do_sample=False)
