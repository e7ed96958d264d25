# rule: T18
# state: smell
# note: a small perceptron asked one row at a time for minutes (exported before, which takes 1 to 3 s once)
# needs: torch, onnx, onnxruntime, onnxscript
# also: T01, T05
# signals: duration_s=900.0, cpu_s=900.0
# %% setup
import onnxruntime
import torch
from torch import nn

net = nn.Sequential(
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 4),
).eval()
x = torch.randn(4_000, 64)
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
found = []
with torch.no_grad():
    for rows in x.split(1):
        found.append(net(rows).argmax(1))
found = torch.cat(found)
# %% change
found = []
for rows in x.split(1):
    found.append(torch.from_numpy(session.run(None, {name: rows.numpy()})[0]).argmax(1))
found = torch.cat(found)
# %% metric
found.float().mean().item()
