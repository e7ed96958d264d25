# rule: T11
# state: look-alike
# note: a large model is only evaluated
# needs: torch, transformers, peft
# also: T01
# %% setup
import torch
from transformers import GPT2Config, GPT2LMHeadModel

torch.manual_seed(0)
config = GPT2Config(
    n_layer=2, n_embd=64, n_head=2, vocab_size=200, n_positions=32, bos_token_id=0, eos_token_id=0
)
model = GPT2LMHeadModel(config)
ids = torch.randint(1, 200, (16, 32))
# %% cell
with torch.no_grad():
    losses = [model(input_ids=ids, labels=ids).loss.item() for _ in range(8)]
# %% change
from peft import LoraConfig, get_peft_model

model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", fan_in_fan_out=True))
with torch.no_grad():
    losses = [model(input_ids=ids, labels=ids).loss.item() for _ in range(8)]
