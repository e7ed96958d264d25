"""One run of one version in this process, weighed by the meter that is there."""

from __future__ import annotations

import contextlib
import errno
import math
import re
import sys
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from greenlab.meter import Meter
from greenlab.meter.measurement import Measurement
from greenlab.proof import random_state, thermal_throttling
from greenlab.proof.call_watch import CallWatch
from greenlab.proof.code_version import LAST_VALUE, CodeVersion, UnfitError
from greenlab.proof.patch_functions import put_in
from greenlab.proof.protocol import SEED, Outcome, Terms
from greenlab.proof.result_values import ResultForm, left_by, taken
from greenlab.proof.safety.runtime_guard import OutsideError
from greenlab.record import Tier, hardware

_MOST_CAUSES: Final = 20
_MOST_TEXT: Final = 10_000
"""Errors of one chain that are read, and characters of each: a chain may be a circle."""
_REFUSED: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.ENETUNREACH})
_REFUSED_WORDS: Final = re.compile(
    r"(?:os error|errno) ?[=:]? ?(?:1|13|30|101)\b|read-only file ?system|permission denied"
    r"|operation not permitted|network is unreachable|could ?n[o']t resolve host",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs versions on a namespace. The meter weighs the version alone."""

    versions: tuple[CodeVersion, CodeVersion]
    namespace: MutableMapping[str, Any]
    terms: Terms
    meter: Meter

    def run(
        self,
        which: int,
        seed: int,
        namespace: MutableMapping[str, Any] | None = None,
        ready: Callable[[], None] = lambda: None,
    ) -> Outcome:
        """Run version 0 or 1. The outcome reports what goes wrong in it.

        `ready` is called right before the user's code begins.
        """
        variables = self.namespace if namespace is None else namespace
        loaded = set(sys.modules)
        try:
            ready()
            version, keep = self.versions[which], self.terms.same
            watch = _put_in(version, variables, watched=seed == SEED)
            work = _work(version, "ab"[which], variables, keep_last=keep)
            if self.terms.reset is not None:
                _work(CodeVersion.of(self.terms.reset), "reset", variables)()
            random_state.sow(seed)
            hot = thermal_throttling.count()
            window = self.meter.start()
            try:
                with watch or contextlib.nullcontext():
                    value = work()
                _finish_gpu()
            finally:
                measured = self.meter.stop(window, settle=False)
            throttled = thermal_throttling.count() > hot
            if watch is not None:
                watch.check()
            quality = self._quality(value, variables)
            results = self._results(seed, variables)
        except UnfitError as error:
            return Outcome.failed(str(error), unfit=True)
        except Exception as error:  # noqa: BLE001  the user's code may raise anything
            in_metric = isinstance(error, _MetricError)
            return Outcome.failed(_said(error), outside=_outside(error), in_metric=in_metric)
        return Outcome(
            measured.energy_j,
            measured.duration_s,
            foreign=_foreign(measured),
            throttled=throttled,
            quality=quality,
            modules=tuple(sorted(set(sys.modules) - loaded)),
            hardware=hardware(measured.components),
            results=results,
            counted_j=_added(measured, ("measured",)),
            modelled_j=_added(measured, ("modelled", "assumed")),
            cpu_s=measured.cpu_s,
        )

    def _results(self, seed: int, variables: MutableMapping[str, Any]) -> dict[str, ResultForm]:
        """What both versions leave, after a first run."""
        if not self.terms.same or seed != SEED:
            return {}
        first, second = (left_by(version.tree) for version in self.versions)
        found = taken(sorted(first & second), variables)
        if (last := taken([LAST_VALUE], variables).get(LAST_VALUE)) is not None:
            found["the last value"] = last
        return found

    def _quality(self, value: Any, variables: MutableMapping[str, Any]) -> float | None:
        metric = self.terms.metric
        if metric is None:
            return None
        try:
            if callable(metric):
                found: Any = metric(value)
            else:
                code = compile(metric.strip(), "<greenlab: metric>", "eval")
                found = eval(code, variables)  # type: ignore[arg-type]  # noqa: S307
        except Exception as error:
            said = ": " if _outside(error) else " raised "
            raise _MetricError(f"the metric{said}{_said(error)}") from error
        try:
            number = float(found)
        except Exception as error:
            kind = type(found).__name__
            raise _MetricError(f"the metric is of the type {kind}, not a number") from error
        if not math.isfinite(number):
            raise _MetricError(f"the metric is {number}")
        return number


def _put_in(
    version: CodeVersion, variables: MutableMapping[str, Any], *, watched: bool
) -> CallWatch | None:
    """Give this process the definitions that the version runs with; what watches them run.

    Raises:
        UnfitError: they cannot be put into objects that exist.
    """
    if version.redefined is None:
        return None
    replaced = put_in(version.redefined, variables)
    return CallWatch(replaced) if watched else None


class _MetricError(Exception):
    """What the metric gave is of no use; the message says why."""


def _work(
    version: CodeVersion,
    name: str,
    variables: MutableMapping[str, Any],
    *,
    keep_last: bool = False,
) -> Callable[[], Any]:
    if version.call is not None:
        return version.call
    code = version.code(name, keep_last=keep_last)
    assert code is not None
    return lambda: exec(code, variables)  # type: ignore[arg-type]  # noqa: S102


def _added(measured: Measurement, tiers: tuple[Tier, ...]) -> float | None:
    """Joules that the work added, of the devices that are known this well."""
    parts = [one.active_j for one in measured.components if one.active_j.tier in tiers]
    found = [one.value for one in parts if one.value is not None]
    return sum(found) if found else None


def _finish_gpu() -> None:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.synchronize()


def _foreign(measured: Measurement) -> float:
    """The share of all CPUs that other programs kept busy."""
    others_s = max(0.0, measured.busy_s.mid - (measured.cpu_s or 0.0))
    whole_s = measured.duration_s * measured.cpus
    return min(1.0, others_s / whole_s) if whole_s > 0 else 0.0


def _outside(error: BaseException | None) -> bool:
    """Whether the guard or the system stopped it, or what was raised then led to this."""
    for _ in range(_MOST_CAUSES):
        if error is None or _stopped(error):
            return error is not None
        error = error.__cause__ or error.__context__
    return False


def _stopped(error: BaseException) -> bool:
    """Compiled libraries say in words of their own what the system refused."""
    if isinstance(error, OutsideError) or (
        isinstance(error, OSError) and error.errno in _REFUSED
    ):
        return True
    with contextlib.suppress(Exception):  # its own words may raise anything
        return _REFUSED_WORDS.search(str(error)[:_MOST_TEXT]) is not None
    return False


def _said(error: Exception) -> str:
    """Words of our own, and an exception's type: what it says may hold a password or data."""
    if isinstance(error, (OutsideError, _MetricError)):
        return str(error)
    if _outside(error):
        return "it changes something outside of the copy's own folder, or uses the network"
    return str(type(error).__name__)
