# rule: T16
# state: smell
# note: a new perceptron, fake-quantised in every epoch
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


# %% cell
net = Net()
net.qconfig = tq.get_default_qat_qconfig("x86")
net = tq.prepare_qat(net.train())
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(12):
    for xb, yb in zip(x.split(64), y.split(64)):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        optimizer.step()
# %% metric
accuracy(net)
