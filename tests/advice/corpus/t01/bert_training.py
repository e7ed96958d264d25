# rule: T01
# state: smell
# note: fine-tuning a small BERT whose model computes the loss itself
# needs: torch, transformers, bfloat16
# max_drop: 0.02
# %% setup
import torch
from transformers import BertConfig, BertForSequenceClassification

torch.manual_seed(0)
config = BertConfig(
    hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512,
    vocab_size=200,
)
model = BertForSequenceClassification(config)
ids = torch.randint(0, 200, (64, 48))
labels = (ids[:, 1] > 100).long()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
# %% cell
model.train()
for start in range(0, 64, 16):
    part = slice(start, start + 16)
    outputs = model(input_ids=ids[part], labels=labels[part])
    outputs.loss.backward()
    optimizer.step()
    optimizer.zero_grad()
# %% metric
-float(outputs.loss)
