# rule: T16
# state: fix-hurts
# note: the weights were trained before: these few epochs are the fine-tuning, and its accuracy goes when they do
# needs: torch
# max_drop: 0.01
# %% setup
import torch
import torch.ao.quantization as tq
from torch import nn

torch.manual_seed(0)
x = torch.randn(1_024, 64)
y = x[:, :4].argmax(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.quant, self.dequant = tq.QuantStub(), tq.DeQuantStub()
        self.body = nn.Sequential(
            nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 4)
        )

    def forward(self, x):
        return self.dequant(self.body(self.quant(x)))


def accuracy(net):
    done = tq.convert(net.cpu().eval(), inplace=False)
    with torch.no_grad():
        return (done(x).argmax(1) == y).float().mean().item()


def outlying(model):
    with torch.no_grad():  # one channel far from the others, as in networks that were folded
        model.body[2].weight[0] *= 40
    return model


trained = Net()
optimizer = torch.optim.Adam(trained.parameters(), lr=2e-3)
for _ in range(6):
    for xb, yb in zip(x.split(64), y.split(64)):
        optimizer.zero_grad()
        nn.functional.cross_entropy(trained(xb), yb).backward()
        optimizer.step()
trained = outlying(trained)
trained.qconfig = tq.get_default_qat_qconfig("x86")
net = tq.prepare_qat(trained.train())
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
# %% cell
for epoch in range(12):
    for xb, yb in zip(x.split(64), y.split(64)):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        optimizer.step()
# %% change
for xb in x.split(64)[:1]:
    net(xb)  # calibrate alone, and convert
# %% metric
accuracy(net)
