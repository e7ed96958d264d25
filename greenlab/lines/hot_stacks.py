"""The stacks below which a cell's work was done, for the advice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from greenlab.lines.charge import Charged
from greenlab.lines.samples import SHORT
from greenlab.record.hot_stack import HotStack, UserLine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from greenlab.lines.calls import Place
    from greenlab.lines.sampler import Watched
    from greenlab.lines.sources import Sources
    from greenlab.lines.stack import Seen

LEAST_SHARE: Final = 0.01
MOST: Final = 64


def hot_stacks(
    watched: Watched, charged: Charged | None, sources: Sources
) -> tuple[HotStack, ...]:
    """What was seen, the hottest first; those below a hundredth of the work are left out.

    Where the energy is not known, shares are those of the CPU time, or of the time where the
    cell only waited.
    """
    samples, facts = watched.samples, watched.facts
    if samples is None or facts is None:
        return ()
    spent = samples.total
    active = {} if charged is None else charged.active_j
    weights = _first_known(
        lambda key: active.get(key, 0.0),
        lambda key: spent[key].cpu_s,
        lambda key: spent[key].duration_s,
        keys=list(spent),
    )
    whole = math.fsum(weights.values())
    if whole <= 0:
        return ()
    found = []
    groups = _together(samples.seen, weights, whole)
    shares = {
        seen: math.fsum(weights[key] for key in keys) / whole for seen, keys in groups.items()
    }
    for seen in sorted(groups, key=shares.__getitem__, reverse=True)[:MOST]:
        keys, share = groups[seen], shares[seen]
        if share < LEAST_SHARE or seen.inner is None:
            continue
        place = sources.place(seen.inner)
        outer = None if seen.outer is None else sources.place(seen.outer)
        joules = math.fsum(active.get(key, 0.0) for key in keys)
        found.append(
            HotStack(
                file=seen.inner.file,
                line=place.line,
                function=sources.function(seen.inner),
                cell_line=None if outer is None else outer.line,
                execution_count=place.execution_count,
                cell_id=place.cell_id,
                landmarks=seen.landmarks,
                called_by=seen.called_by,
                share=share,
                energy_j=None if charged is None else joules,
                cpu_s=math.fsum(spent[key].cpu_s for key in keys),
                duration_s=math.fsum(spent[key].duration_s for key in keys),
                samples=round(math.fsum(samples.counts[key] for key in keys)),
                facts=facts.of(seen.inner.file, seen.inner.line),
                through=tuple(_user_line(one, sources) for one in seen.through),
            )
        )
    return tuple(found)


def _together(
    seen: Sequence[Seen], weights: Mapping[int, float], whole: float
) -> dict[Seen, list[int]]:
    """Keys of samples by what they saw; the rare ones with others that begin alike."""
    groups: dict[Seen, list[int]] = {seen[key]: [key] for key in weights}
    for landmarks in (SHORT, 0):
        shorter: dict[Seen, list[int]] = {}
        for one, keys in groups.items():
            rare = math.fsum(weights[key] for key in keys) < LEAST_SHARE * whole
            name = one._replace(landmarks=one.landmarks[:landmarks]) if rare else one
            shorter.setdefault(name, []).extend(keys)
        groups = shorter
    return groups


def _user_line(seen: Place, sources: Sources) -> UserLine:
    place = sources.place(seen)
    function = sources.function(seen)
    return UserLine(seen.file, place.line, function, place.execution_count, place.cell_id)


def _first_known(*weights: Callable[[int], float], keys: list[int]) -> dict[int, float]:
    """By the first of some measures that says anything."""
    for weight in weights:
        found = {key: weight(key) for key in keys}
        if math.fsum(found.values()) > 0:
            return found
    return dict.fromkeys(keys, 0.0)
