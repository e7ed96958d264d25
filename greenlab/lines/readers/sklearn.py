"""scikit-learn's estimators: their class and the parameters that they were made with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from greenlab.cellcode.introspect import Live, descends, instance_dict, path
from greenlab.lines.readers import candidates
from greenlab.record.hot_stack import Plain

_ESTIMATOR = "sklearn.base.BaseEstimator"
_MOST = 40


def read(live: Live) -> Iterator[tuple[str, Mapping[str, Plain]]]:
    """`type`, each parameter of a plain type under its own name, and the class of one that is
    an estimator itself (`estimator`).
    """
    for name, thing in candidates(live):
        if not descends(thing, _ESTIMATOR):
            continue
        facts: dict[str, Plain] = {"type": path(type(thing))}
        for parameter, value in tuple(instance_dict(thing).items())[:_MOST]:
            live.tick()
            if parameter.startswith("_") or parameter.endswith("_") or parameter == "type":
                continue
            if type(value) in (int, float, bool, str, type(None)):
                facts[parameter] = value
            elif descends(value, _ESTIMATOR):
                facts[parameter] = path(type(value))
        yield name, facts
