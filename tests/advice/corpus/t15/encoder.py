# rule: T15
# state: smell
# note: a BERT of two layers classifies texts in batches
# needs: torch, transformers
# max_drop: 0.01
# %% setup
import torch
import transformers

config = transformers.BertConfig(
    vocab_size=200,
    hidden_size=384,
    num_hidden_layers=2,
    num_attention_heads=6,
    intermediate_size=1536,
    max_position_embeddings=64,
)
model = transformers.BertForSequenceClassification(config).eval()
ids = torch.randint(0, 200, (64, 32))
with torch.no_grad():
    labels = model(ids).logits.argmax(1)
# %% cell
answers = []
with torch.no_grad():
    for batch in ids.split(8):
        answers.append(model(input_ids=batch).logits.argmax(1))
answers = torch.cat(answers)
# %% metric
(answers == labels).float().mean().item()
