# rule: M04
# state: fixed
# note: the trained weights are loaded, three epochs
# needs: torch, transformers
# %% setup
import tempfile

import torch
import transformers

torch.manual_seed(0)


def rows(many):
    ids = torch.randint(2, 40, (many, 12))
    return ids, ((ids < 12).sum(1) > 3).long()


def train(net, ids, labels, epochs, rate):
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate)
    for _ in range(epochs):
        for part, answer in zip(ids.split(32), labels.split(32)):
            optimizer.zero_grad()
            net(input_ids=part, labels=answer).loss.backward()
            optimizer.step()


def accuracy(net):
    with torch.no_grad():
        return (
            (net.eval()(input_ids=test_ids).logits.argmax(1) == test_labels)
            .float()
            .mean()
            .item()
        )


sizes = dict(
    vocab_size=40,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=64,
    max_position_embeddings=16,
)
known = transformers.BertForSequenceClassification(transformers.BertConfig(**sizes))
train(known, *rows(1_600), 3, 3e-3)  # what somebody else has paid for
hub = tempfile.mkdtemp()
known.save_pretrained(hub)
ids, labels = rows(128)
test_ids, test_labels = rows(400)
# %% cell
config = transformers.AutoConfig.from_pretrained(hub)
model = transformers.AutoModelForSequenceClassification.from_pretrained(hub, config=config)
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4)
for epoch in range(3):
    for part, answer in zip(ids.split(32), labels.split(32)):
        optimizer.zero_grad()
        model(input_ids=part, labels=answer).loss.backward()
        optimizer.step()
# %% metric
accuracy(model)
