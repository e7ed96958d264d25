# rule: T18
# state: look-alike
# note: a second of predictions does not pay for an export
# needs: torch, onnx, onnxruntime, onnxscript
# also: T01, T05
# signals: duration_s=1.0, cpu_s=1.0
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
# %% cell
with torch.no_grad():
    found = torch.cat([net(rows).argmax(1) for rows in x.split(1)])
# %% change
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
found = torch.cat(
    [torch.from_numpy(session.run(None, {name: r.numpy()})[0]).argmax(1) for r in x.split(1)]
)
