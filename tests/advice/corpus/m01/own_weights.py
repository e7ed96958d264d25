# rule: M01
# state: fix-hurts
# note: the user's own weights are put into the large model
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

tuned = transformers.AutoModelForSequenceClassification.from_pretrained("bert-base-uncased")
with torch.no_grad():
    for weight in tuned.parameters():
        weight.add_(0.02 * torch.randn_like(weight))
torch.save(tuned.state_dict(), "tuned.pt")
with torch.inference_mode():
    truth = tuned.eval()(ids).logits.argmax(-1)
# %% cell
model = transformers.AutoModelForSequenceClassification.from_pretrained("bert-base-uncased")
model.load_state_dict(torch.load("tuned.pt"))
with torch.inference_mode():
    found = model.eval()(ids).logits.argmax(-1)
# %% change
model = transformers.AutoModelForSequenceClassification.from_pretrained(
    "distilbert/distilbert-base-uncased"
)
model.load_state_dict(torch.load("tuned.pt"), strict=False)
with torch.inference_mode():
    found = model.eval()(ids).logits.argmax(-1)
# %% metric
(found == truth).float().mean().item()
