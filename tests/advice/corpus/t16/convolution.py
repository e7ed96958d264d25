# rule: T16
# state: smell
# note: a new convolutional network, prepared in place, twenty epochs
# needs: torch
# max_drop: 0.02
# %% setup
import torch
from torch import nn
from torch.ao import quantization

torch.manual_seed(0)
images = torch.randn(128, 1, 12, 12) * 0.3
kinds = torch.arange(128) % 3
for image, kind in zip(images, kinds):
    image[0, 4 * kind : 4 * kind + 4] += 1
# %% cell
cnn = nn.Sequential(
    quantization.QuantStub(),
    nn.Conv2d(1, 8, 3),
    nn.ReLU(),
    nn.Conv2d(8, 8, 3),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(512, 3),
    quantization.DeQuantStub(),
).train()
cnn.qconfig = quantization.get_default_qat_qconfig("x86")
quantization.prepare_qat(cnn, inplace=True)
adam = torch.optim.Adam(cnn.parameters(), lr=3e-3)
loss_of = nn.CrossEntropyLoss()
for turn in range(20):  # epochs
    for part, kind in zip(images.split(32), kinds.split(32)):
        adam.zero_grad()
        loss_of(cnn(part), kind).backward()
        adam.step()
# %% metric
(quantization.convert(cnn.eval())(images).argmax(1) == kinds).float().mean().item()
