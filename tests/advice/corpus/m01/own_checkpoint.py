# rule: M01
# state: look-alike
# note: somebody's own model, which answers what it was trained for
# needs: torch, transformers
# max_drop: 0.01
# also: T01
# %% setup
import torch
import transformers

# Folders stand for the hub. Random weights of the shapes' proportions: 12 layers against 6.
SIZES = dict(vocab_size=100)
torch.manual_seed(0)
transformers.BertForSequenceClassification(
    transformers.BertConfig(
        hidden_size=64, num_hidden_layers=12, num_attention_heads=4, intermediate_size=256, **SIZES
    )
).save_pretrained("bert-base-uncased")
transformers.DistilBertForSequenceClassification(
    transformers.DistilBertConfig(dim=64, n_layers=6, n_heads=4, hidden_dim=256, **SIZES)
).save_pretrained("distilbert/distilbert-base-uncased")
ids = torch.randint(0, 100, (16, 32))

import shutil
shutil.copytree("bert-base-uncased", "reviews-bert", dirs_exist_ok=True)
own = transformers.AutoModelForSequenceClassification.from_pretrained("reviews-bert").eval()
with torch.inference_mode():
    truth = own(ids).logits.argmax(-1)
# %% cell
model = transformers.AutoModelForSequenceClassification.from_pretrained("reviews-bert")
with torch.inference_mode():
    found = model(ids).logits.argmax(-1)
# %% change
model = transformers.AutoModelForSequenceClassification.from_pretrained(
    "distilbert/distilbert-base-uncased"
)
with torch.inference_mode():
    found = model(ids).logits.argmax(-1)
# %% metric
(found == truth).float().mean().item()
