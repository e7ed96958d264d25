# rule: T11
# state: fixed
# note: the model has adapters
# needs: torch, transformers, peft
# %% setup
import torch
from transformers import GPT2Config, GPT2LMHeadModel

torch.manual_seed(0)
config = GPT2Config(
    n_layer=2, n_embd=64, n_head=2, vocab_size=200, n_positions=32, bos_token_id=0, eos_token_id=0
)
model = GPT2LMHeadModel(config)
ids = torch.randint(1, 200, (16, 32))
from peft import LoraConfig, get_peft_model

model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", fan_in_fan_out=True))
# %% cell
optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
for _ in range(6):
    optimizer.zero_grad()
    model(input_ids=ids, labels=ids).loss.backward()
    optimizer.step()
