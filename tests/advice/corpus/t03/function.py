# rule: T03
# state: smell
# note: a function that predicts, with the model handed in
# needs: torch
# %% setup
import torch
from torch import nn

encoder = nn.TransformerEncoder(
    nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), 3
).eval()
head = nn.Linear(32, 5).eval()
sentences = torch.randn(150, 12, 32)
# %% cell
def classify(model, data):
    answers = []
    for sentence in data:
        hidden = model(sentence[None])
        answers.append(head(hidden.mean(1)).argmax(1))
    return torch.cat(answers)


labels = classify(encoder, sentences)
# %% metric
labels.float().mean().item()
