# rule: M01
# state: fixed
# note: the counterpart itself
# needs: torch, transformers
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
# %% cell
model = transformers.AutoModel.from_pretrained("distilbert/distilbert-base-uncased")
with torch.inference_mode():
    vectors = [model(ids).last_hidden_state[:, 0] for _ in range(3)]
