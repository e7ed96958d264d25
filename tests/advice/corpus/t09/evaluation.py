# rule: T09
# state: look-alike
# note: a model that checkpoints in training is only evaluated, where it recomputes nothing
# also: T01
# needs: torch, transformers
# %% setup
import torch
from transformers import BertConfig, BertForSequenceClassification

config = BertConfig(
    hidden_size=96, num_hidden_layers=3, num_attention_heads=4, intermediate_size=192,
    vocab_size=200,
)
model = BertForSequenceClassification(config)
model.activation_checkpointing_enable()
model.eval()
tokens = torch.randint(0, 200, (480, 40))
# %% cell
with torch.no_grad():
    answers = torch.cat([model(input_ids=x).logits.argmax(1) for x in tokens.split(8)])
# %% change
model.activation_checkpointing_disable()
with torch.no_grad():
    answers = torch.cat([model(input_ids=x).logits.argmax(1) for x in tokens.split(8)])
# %% metric
answers.float().mean().item()
