"""Torch modules: what they are, how large, in which precision and where."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from greenlab.advice.analysis.torch.model import casts_in_forward, is_managed, layer_kind
from greenlab.cellcode.introspect import (
    Live,
    descends,
    instance_dict,
    lineage,
    path,
)
from greenlab.cellcode.look_budget import OutOfTimeError
from greenlab.lines.readers import candidates
from greenlab.record.hot_stack import Plain

_MODULE = "torch.nn.modules.module.Module"
_PIPELINES = "transformers.pipelines."


def read(live: Live) -> Iterator[tuple[str, Mapping[str, Plain]]]:
    """`type`, `training`; `parameters` (a count), `dtypes`, `devices` and `frozen` of those
    seen by then, of the count `linear`, `convolution` and `recurrent` in such layers, `whole`
    whether these are all; `pretrained`: its own `config._name_or_path`, or that of a part.
    `managed`, `casts_itself`: see `TorchModel`.
    """
    for name, thing in candidates(live):
        if not descends(thing, _MODULE):
            if path(type(thing)).startswith(_PIPELINES):
                yield (
                    name,
                    {"type": path(type(thing)), **_loaded(live.own(thing, "model"), live)},
                )
            continue
        facts: dict[str, Plain] = {"type": path(type(thing)), "whole": False}
        training = instance_dict(thing).get("training")
        if type(training) is bool:
            facts["training"] = training
        facts.update(_loaded(thing, live))
        yield name, facts
        yield from ((name, seen) for seen in _parameters(live, thing))


def _loaded(model: object, live: Live) -> dict[str, Plain]:
    """The name under which a model was loaded, where it keeps one."""
    config = None if model is None else live.own(model, "config")
    name = None if config is None else live.own(config, "_name_or_path")
    return {"pretrained": name} if type(name) is str and name else {}


def _parameters(live: Live, module: object) -> Iterator[dict[str, Plain]]:
    """What is known of its parameters when all are seen, or the time is over."""
    count = frozen = 0
    kinds = {"linear": 0, "convolution": 0, "recurrent": 0}
    managed = casts_itself = False
    loaded: dict[str, Plain] = {}
    dtypes: set[str] = set()
    devices: set[str] = set()
    met: set[int] = set()

    def so_far(*, whole: bool) -> dict[str, Plain]:
        return {
            "parameters": count,
            "frozen": frozen,
            **kinds,
            **loaded,
            "managed": managed,
            "casts_itself": casts_itself,
            "dtypes": tuple(sorted(dtypes)),
            "devices": tuple(sorted(devices)),
            "whole": whole,
        }

    try:
        for one in live.modules(module):
            if not loaded:
                loaded = _loaded(one, live)
            line = tuple(lineage(one))
            kind = layer_kind(line)
            managed = managed or is_managed(one, line)
            casts_itself = casts_itself or casts_in_forward(one)
            for parameter in live.parameters(one):
                if id(parameter) in met:  # tied weights
                    continue
                met.add(id(parameter))
                size = math.prod(int(length) for length in live.read(parameter, "shape"))
                count += size
                if kind is not None:
                    kinds[kind] += size
                if live.read(parameter, "requires_grad") is False:
                    frozen += size
                dtypes.add(str(live.read(parameter, "dtype")).removeprefix("torch."))
                devices.add(str(live.read(live.read(parameter, "device"), "type")))
    except OutOfTimeError:
        yield so_far(whole=False)
        raise
    yield so_far(whole=True)
