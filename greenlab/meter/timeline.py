"""Energy over time within a window: what was read while it was open, bounded in size.

Every reading that is taken while a window is open, whoever asked for it, is a point of that
window's `Timeline`: those at its ends, those of the thread that keeps counters alive or samples
power (`watch.py`), those of live power, and those of windows inside it. A device keeps `POINTS`
points at most: when there are more, every other one goes, and later ones lie further apart.

Whoever wants to know *when* a window's energy was used asks the measurement's `EnergyTimeline`:

    timeline = meter.stop(window).timeline
    timeline.energy_between(t0, t1)   # joules in a slot, {DeviceKey: Interval}
    timeline.energy_at(t)             # the same from the window's begin to t
    timeline.share_between(t0, t1)    # what part of each device's joules that is, 0 to 1

Times are monotonic seconds, from `timeline.begun` to `timeline.ended`. The best values of slots
that lie side by side add up to the figure of the whole device (`host_energy_j`): the points say
how it is spread, never how much it is. A kernel's part, its grams, or what is added go by
`share_between`. The bounds of a slot follow from the points around it and the power cap, as a
window's own do (`bounds.py`); they are hard where the device has a counter. A device without
points (a model) is spread evenly, and all of its energy may lie in any one slot.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.interval import Interval
from greenlab.meter.bounds import Reading, energy_between, part_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greenlab.meter.counter_reader import Tracker
    from greenlab.meter.window import Moment
    from greenlab.record import Component
    from greenlab.sensors.base import Counter, Source

POINTS: Final = 256
"""Of each device in a window, 10 KiB. In a cell of a day one stands for about five minutes."""
APART_S: Final = 0.01
"""Readings closer together are one point: a loop of short spans costs next to nothing."""
_FIELDS: Final = 5
"""`before`, `after`, joules, doubt in joules, and since when the counter had shown them."""


class DeviceKey(NamedTuple):
    """Which device a figure is of; a component of a record has the same two fields."""

    source: str
    device: str

    @classmethod
    def of(cls, one: Source | Component) -> DeviceKey:
        """The key of a counter, a model or a component."""
        return cls(one.source, one.device)


class DeviceSeries:
    """One device's readings in the order of time, the newest always among them.

    Each is changed in one step: an interrupt of the user's may come between any two.
    """

    __slots__ = ("_apart_s", "_kept", "_newest")

    def __init__(self, first: Reading) -> None:
        self._newest = first
        self._kept = array("d", _point(first))
        self._apart_s = APART_S

    def __len__(self) -> int:
        return len(self._points()) // _FIELDS

    def add(self, reading: Reading) -> None:
        """Take in one more. One without energy, or older than the newest, says nothing; after
        a break in the counter all begins anew.
        """
        newest = self._newest
        if reading.energy_j is None or reading.before < newest.before:
            return
        if reading.epoch != newest.epoch:
            self._kept = array("d", _point(reading))
        elif newest.before - self._kept[-_FIELDS] >= self._apart_s:
            self._keep(newest)
        self._newest = reading

    def _keep(self, reading: Reading) -> None:
        if len(self._kept) < _FIELDS * (POINTS - 1):
            self._kept.extend(_point(reading))
            return
        old, half = self._kept, array("d")
        for index in range(0, len(old), 2 * _FIELDS):
            half.extend(old[index : index + _FIELDS])
        self._apart_s = max(2 * self._apart_s, (reading.before - old[0]) / POINTS)
        self._kept = half

    def joules_at(self, t: float) -> float:
        """Joules at a time: between points by time, beyond them at the power last seen.

        A point counts from the begin of its read: what takes long is mostly the wait for the
        interpreter once the value is there.
        """
        points = self._points()
        count = len(points) // _FIELDS
        if count < 2:
            return points[2]
        after = bisect_right(range(count), t, key=lambda i: points[_FIELDS * i])
        after = min(max(after, 1), count - 1)
        before = after - 1
        # Beyond the last, as much time before it says what power that is.
        while before and t > 2 * points[_FIELDS * after] - points[_FIELDS * before]:
            before -= 1
        t0, e0 = points[_FIELDS * before], points[_FIELDS * before + 2]
        t1, e1 = points[_FIELDS * after], points[_FIELDS * after + 2]
        return e0 + (e1 - e0) * (t - t0) / (t1 - t0) if t1 > t0 else e1

    def bounds(self, t0: float, t1: float, counter: Counter) -> Interval:
        """Joules of a slot by the points around it: what each pair allows, all of them hold."""
        points = self._points()
        last = len(points) // _FIELDS - 1
        count = range(last + 1)
        begun = max(bisect_right(count, t0, key=lambda i: points[_FIELDS * i + 1]) - 1, 0)
        ended = min(bisect_left(count, t1, key=lambda i: points[_FIELDS * i]), last)
        low, high = 0.0, counter.cap_w * (t1 - t0)
        # Right outside, right inside, and one further out, whose value is surely old enough.
        for wider in (0, -1, 1):
            first, end = max(begun - wider, 0), min(ended + wider, last)
            if first < end:
                start, stop = _reading(points, first), _reading(points, end)
                found = energy_between(start, stop, t0, t1, counter)
                low, high = max(low, found.low), min(high, found.high)
        return Interval(low, (low + high) / 2, max(low, high))

    def _points(self) -> array[float]:
        kept, newest = self._kept, self._newest
        if newest.before <= kept[-_FIELDS]:
            return kept
        return kept + array("d", _point(newest))


def _point(reading: Reading) -> tuple[float, float, float, float, float]:
    assert reading.energy_j is not None
    return reading.before, reading.after, reading.energy_j, reading.doubt_j, reading.seen


def _reading(points: array[float], index: int) -> Reading:
    before, after, energy_j, doubt_j, seen = points[_FIELDS * index : _FIELDS * (index + 1)]
    return Reading(before, after, energy_j, 0, doubt_j=doubt_j, seen=seen)


class Timeline:
    """The points of one window, by counter. Not locked: its meter is."""

    __slots__ = ("_series",)

    def __init__(self, first: Mapping[Tracker, Reading]) -> None:
        self._series = {
            tracker: DeviceSeries(reading)
            for tracker, reading in first.items()
            if reading.energy_j is not None
        }

    @classmethod
    def of_ends(cls, begin: Moment, end: Moment) -> Timeline:
        """All that is known of a window in which nothing was read."""
        timeline = cls(begin.readings)
        timeline.add(end.readings)
        return timeline

    def add(self, readings: Mapping[Tracker, Reading]) -> None:
        """Some counters were read. One that was not there at the begin has no place here."""
        for tracker, reading in readings.items():
            series = self._series.get(tracker)
            if series is not None:
                series.add(reading)

    def series(self, tracker: Tracker) -> DeviceSeries | None:
        """One counter's points, `None` where it could not be read at the begin."""
        return self._series.get(tracker)

    def best_j(self, tracker: Tracker, t0: float, t1: float) -> float | None:
        """Joules between two times by the points alone; `None` if they do not report."""
        series = self._series.get(tracker)
        if series is None or len(series) < 2:
            return None
        lag_s = tracker.lag_s
        return max(0.0, series.joules_at(t1 + lag_s) - series.joules_at(t0 + lag_s))


class EnergyTimeline:
    """When a window's energy was used. See the head of this module."""

    __slots__ = ("_begin", "_components", "_counted", "_end", "_points", "begun", "ended")

    def __init__(
        self,
        begin: Moment,
        end: Moment,
        components: tuple[Component, ...],
        counted: Mapping[Tracker, Component],
        points: Timeline | None,
    ) -> None:
        self.begun, self.ended = begin.at, end.at
        self._begin, self._end, self._points = begin, end, points
        self._components, self._counted = components, counted

    def share_between(self, t0: float, t1: float) -> dict[DeviceKey, float]:
        """What part of each device's joules was used from `t0` to `t1`, 0 to 1.

        What lies outside the window does not count. Devices without a figure are left out.
        """
        t0, t1 = self._inside(t0), self._inside(t1)
        even = (t1 - t0) / (self.ended - self.begun) if self.ended > self.begun else 0.0
        shares = {
            DeviceKey.of(one): even
            for one in self._components
            if one.host_energy_j.value is not None
        }
        timeline = self._timeline
        for tracker, one in self._counted.items():
            all_j = timeline.best_j(tracker, self.begun, self.ended)
            part_j = timeline.best_j(tracker, t0, t1)
            if DeviceKey.of(one) in shares and all_j and part_j is not None:
                shares[DeviceKey.of(one)] = min(1.0, part_j / all_j)
        return shares

    def energy_between(self, t0: float, t1: float) -> dict[DeviceKey, Interval]:
        """Joules of each whole device from `t0` to `t1`: bounds and a best value.

        Devices without a figure are left out: what is not known of a window is not known of
        its parts.
        """
        shares = self.share_between(t0, t1)
        t0, t1 = self._inside(t0), self._inside(t1)
        trackers = {DeviceKey.of(one): tracker for tracker, one in self._counted.items()}
        found = {}
        for one in self._components:
            key, whole = DeviceKey.of(one), one.host_energy_j
            if key not in shares or whole.value is None:
                continue
            mid = whole.value * shares[key]
            bounds = self._bounds(trackers.get(key), t0, t1)
            high = bounds.high if whole.high is None else min(bounds.high, whole.high)
            found[key] = Interval(min(bounds.low, mid), mid, max(high, mid))
        return found

    def energy_at(self, t: float) -> dict[DeviceKey, Interval]:
        """Joules of each whole device from the window's begin to `t`."""
        return self.energy_between(self.begun, t)

    @property
    def _timeline(self) -> Timeline:
        return self._points or Timeline.of_ends(self._begin, self._end)

    def _inside(self, t: float) -> float:
        return min(max(t, self.begun), self.ended)

    def _bounds(self, tracker: Tracker | None, t0: float, t1: float) -> Interval:
        if t1 <= t0:
            return Interval(0.0, 0.0, 0.0)
        series = None if tracker is None else self._timeline.series(tracker)
        if tracker is None or series is None:
            return Interval(0.0, 0.0, math.inf)
        found = series.bounds(t0, t1, tracker.counter)
        if tracker.blind_s:
            cap_w = tracker.counter.cap_w
            found = part_time(found, 2 * cap_w * tracker.blind_s, cap_w * (t1 - t0))
        return found
