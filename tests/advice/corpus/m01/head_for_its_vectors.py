# rule: M01
# state: fix-hurts
# note: a classifier was fitted to the large model's vectors
# needs: torch, transformers, sklearn
# max_drop: 0.01
# also: T01
# %% setup
import torch
import transformers

# Folders stand for the hub. Random weights of the shapes' proportions: 12 layers against 6.
SIZES = dict(vocab_size=100)
torch.manual_seed(0)
transformers.BertModel(
    transformers.BertConfig(
        hidden_size=64, num_hidden_layers=12, num_attention_heads=4, intermediate_size=256, **SIZES
    )
).save_pretrained("bert-base-uncased")
transformers.DistilBertModel(
    transformers.DistilBertConfig(dim=64, n_layers=6, n_heads=4, hidden_dim=256, **SIZES)
).save_pretrained("distilbert/distilbert-base-uncased")
ids = torch.randint(0, 100, (16, 32))

from sklearn.linear_model import LogisticRegression

ids = torch.randint(0, 100, (64, 32))
labels = (ids[:, 0] > 50).long().numpy()
with torch.inference_mode():
    vectors = transformers.AutoModel.from_pretrained("bert-base-uncased")(ids)
head = LogisticRegression(C=100.0, max_iter=200).fit(vectors.last_hidden_state[:, 0].numpy(), labels)
# %% cell
model = transformers.AutoModel.from_pretrained("bert-base-uncased")
with torch.inference_mode():
    found = head.predict(model(ids).last_hidden_state[:, 0].numpy())
# %% change
model = transformers.AutoModel.from_pretrained("distilbert/distilbert-base-uncased")
with torch.inference_mode():
    found = head.predict(model(ids).last_hidden_state[:, 0].numpy())
# %% metric
float((found == labels).mean())
