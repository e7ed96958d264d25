# rule: T18
# state: smell
# note: a convolutional network over batches of images for minutes (exported before)
# needs: torch, onnx, onnxruntime, onnxscript
# also: T01, T04, T05
# signals: duration_s=900.0, cpu_s=900.0
# %% setup
import onnxruntime
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = (
            nn.Conv2d(3, 32, 3, padding=1),
            nn.Conv2d(32, 64, 3, padding=1),
        )
        self.one, self.two = nn.BatchNorm2d(32), nn.BatchNorm2d(64)
        self.out = nn.Linear(64, 10)

    def forward(self, x):
        x = self.one(self.first(x)).relu()
        return self.out(self.two(self.second(x)).relu().mean((2, 3)))


net = Net().eval()
x = torch.randn(1_024, 3, 16, 16)
torch.onnx.export(
    net,
    (x[:4],),
    "net.onnx",
    dynamo=True,
    verbose=False,
    dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),
)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession("net.onnx", options)
name = session.get_inputs()[0].name
# %% cell
kinds = []
with torch.inference_mode():
    for rows in x.split(16):
        kinds.append(net(rows).argmax(1))
kinds = torch.cat(kinds)
# %% change
kinds = []
for rows in x.split(16):
    kinds.append(torch.from_numpy(session.run(None, {name: rows.numpy()})[0]).argmax(1))
kinds = torch.cat(kinds)
# %% metric
kinds.float().mean().item()
