"""Stacks as the sampler records them, for cells that did not run that long."""

from greenlab.record.hot_stack import HotStack

GB_FIT = ("sklearn.base.wrapper", "sklearn.ensemble._gb.BaseGradientBoosting.fit")
STEP = ("torch._tensor.Tensor.backward", "torch.autograd.graph._engine_run_backward")


def stack(line, share, landmarks=(), *, function="<module>", **more):
    """A stack in the cell that `advice_cells.found` asks about, or in another place."""
    own = function == "<module>" and "execution_count" not in more
    known = {
        "file": "/tmp/ipykernel_1/1.py",
        "line": line,
        "function": function,
        "cell_line": line if own else None,
        "execution_count": 3,
        "cell_id": "c1",
        "landmarks": tuple(landmarks),
        "called_by": (),
        "share": share,
        "energy_j": 400 * share,
        "cpu_s": 20 * share,
        "duration_s": 12 * share,
        "samples": round(1000 * share),
    }
    return HotStack(**(known | more))
