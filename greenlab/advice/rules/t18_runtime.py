"""T18: let ONNX Runtime run a small torch network that predicts for minutes.

In a small network most of a call is torch's own work around each layer; in a convolutional
one, neighbouring layers can be fused. The export takes a few seconds, once. Networks of wide
linear layers gain more from 8-bit integers (T15), and texts come in too many shapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from greenlab import units
from greenlab.advice.analysis.torch.batch_rows import rows_given
from greenlab.advice.analysis.torch.inference_loops import Prediction, predictions, predictor
from greenlab.advice.analysis.torch.model import TorchModel, look
from greenlab.advice.rule import Library, Listed, Plan, Rule
from greenlab.advice.signals import Signals
from greenlab.advice.work import LOADING, Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, lineage
from greenlab.record import Saving

DOCS: Final = "https://onnxruntime.ai/docs/get-started/with-python.html"
EXPORT: Final = "https://docs.pytorch.org/docs/stable/onnx_export.html"
SPINNING: Final = "https://onnxruntime.ai/docs/performance/tune-performance/threading.html"
BENCHMARK: Final = "benchmarks/advice.py"

# The export of small networks took 0.5 to 2.5 s of CPU time: below this it takes too much
# of what it saves.
MIN_S: Final = 60.0
# From here on 8-bit integers save more, without another library.
MAX_LINEAR: Final = 1_000_000
# Layers that take inputs of many shapes, or read their weights past their own forward.
VARYING: Final = (
    "torch.nn.modules.activation.MultiheadAttention",
    "torch.nn.modules.rnn.RNNBase",
    "torch.nn.modules.sparse.Embedding",
    "torch.nn.modules.transformer.TransformerEncoderLayer",
)
PLAIN: Final = ("torch.nn.modules.", "__main__.", "torchvision.models.", "timm.")


@dataclass(frozen=True, slots=True)
class T18Facts:
    """The network, its name in the cell, and the rows of one call, if they are known."""

    name: str
    model: TorchModel
    rows: int | None


def confirm(site: Prediction, code: Code, live: Live) -> T18Facts | None:
    """A float32 network on the CPU, of layers that the export knows."""
    found = predictor(site, code, live)
    if found is None or not all(_suits(part) for part in live.modules(found.module)):
        return None
    model = look(found.module, live)
    if model.dtypes != {"torch.float32"} or model.devices != {"cpu"} or model.managed:
        return None
    if model.linear >= MAX_LINEAR or model.casts_itself:
        return None
    return T18Facts(found.name, model, rows_given(found.calls, code, live))


def trigger(confirmed: T18Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Listed where the inputs are not in sight; silent for short or waiting cells."""
    total = signals.total_duration_s or signals.duration_s
    if total < MIN_S or signals.waited():
        return None
    model = f"{confirmed.model.name} ({confirmed.model.parameters:,} parameters)"
    facts = (f"The same code ran {model} layer by layer for {units.duration(total)} in all.",)
    if confirmed.rows is None:
        return Listed(facts)
    return (*facts, f"A call has {confirmed.rows:,} rows.")


def rewrite(confirmed: T18Facts) -> Plan:
    """Words: the export writes a file, and outputs become arrays."""
    name = confirmed.name
    return Plan(
        "The results are the same up to rounding, as NumPy arrays. Control flow that hangs on "
        "the numbers may not export. Compare a few outputs first.",
        f'To change by hand: `torch.onnx.export({name}, (rows,), "{name}.onnx", dynamo=True, '
        "dynamic_shapes=({0: torch.export.Dim.DYNAMIC},))` once (needs onnx and onnxscript), "
        f'`session = onnxruntime.InferenceSession("{name}.onnx")`, then '
        "`session.run(None, {session.get_inputs()[0].name: rows.numpy()})[0]` in the loop.",
    )


def estimate(_: T18Facts) -> Saving | None:
    """CPU time of the calls on one thread by `benchmarks/advice.py`, without the export."""
    return Saving(0.2, 0.75, f"CPU time of the calls on one thread, {BENCHMARK}")


def _suits(part: Any) -> bool:
    line = tuple(lineage(part))
    return line[0].startswith(PLAIN) and set(VARYING).isdisjoint(line)


RULE: Final = Rule(
    id="T18",
    title="Run the network in ONNX Runtime",
    when="a small network that has predicted on a CPU for a minute or more",
    libraries=(Library("torch", (2, 5), (3,)),),
    candidates=predictions,
    confirm=confirm,
    trigger=trigger,
    rewrite=rewrite,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, EXPORT, SPINNING, BENCHMARK),
    conflicts=("T01", "T04", "T05"),
    by_reading=False,
    work=lambda site, _code, _live: Work((site.region,), but=LOADING),
)
