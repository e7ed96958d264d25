"""Run and advise a cell as a kernel would."""

from dataclasses import replace

from greenlab.advice import Signals, advise
from greenlab.cellcode.ipython_syntax import mask
from greenlab.advice.analysis.torch.model import look
from greenlab.record import Figure

ENERGY = Figure.within(540.0, 500.0, 600.0, level=0.95, tier="modelled")
HEAVY = Signals(12.0, ENERGY, cpu_s=20.0)


def run(source, namespace):
    """Execute a cell; IPython's own lines do nothing."""
    masked = mask(source)
    namespace.setdefault("__name__", "__main__")
    namespace.update({f"{masked.stand_in}{n}_": 0 for n in range(len(masked.hidden))})
    exec(compile(masked.text, "<cell>", "exec"), namespace)


def found(source, namespace, signals=HEAVY, others=(), stacks=()):
    return advise(
        source,
        namespace,
        signals,
        cell_id="c1",
        cell_index=0,
        execution_count=3,
        source_hash="0123456789abcdef",
        others=others,
        stacks=stacks,
    )


def rules(advice):
    return [one.rule for one in advice]


def change(advice):
    (one,) = advice
    assert one.change is not None, one
    return one.change.text


def on_gpu(module, live):
    """What `torch_model.look` sees, as if the model lay on a GPU: a simulation."""
    return replace(look(module, live), devices=frozenset({"cuda"}))
