# rule: T09
# state: smell
# note: a small text classifier trains with checkpointing on a machine with memory to spare
# also: T01
# needs: torch, transformers
# %% setup
import torch
from transformers import BertConfig, BertForSequenceClassification

config = BertConfig(
    hidden_size=96, num_hidden_layers=3, num_attention_heads=4, intermediate_size=192,
    vocab_size=200, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
)
model = BertForSequenceClassification(config)
tokens = torch.randint(0, 200, (96, 40))
labels = (tokens[:, 0] > 100).long()
# %% cell
model.gradient_checkpointing_enable()  # saves memory
model.train()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for x, y in zip(tokens.split(8), labels.split(8)):
    optimizer.zero_grad()
    loss = model(input_ids=x, labels=y).loss
    loss.backward()
    optimizer.step()
# %% metric
-loss.item()
