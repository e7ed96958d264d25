"""Blocks whose lines are sampled, in this process, with the real meter."""

from __future__ import annotations

import sys
from contextlib import contextmanager

from greenlab.lines import Sampler, UserCode
from greenlab.lines.stack import Block
from greenlab.meter import Meter

HERE = "tests/lines"


class Here(UserCode):
    """The user's code: the files of these tests, wherever the checkout lies."""

    def _look(self, file):
        return HERE in file.replace("\\", "/") or super()._look(file)


@contextmanager
def sampled(*, asked=True, meter=None):
    """Sample the block; gives a list that holds what was watched once the block has ended."""
    own = meter is None
    meter = Meter() if own else meter
    sampler = Sampler(meter)
    sampler.user = Here()
    found = []
    window = meter.start()
    block = Block.of(sys._getframe(2))
    watched = sampler.watch(window, asked=asked, block=block)
    try:
        yield found
    finally:
        meter.end(window)
        sampler.leave(watched)
        sampler.close()
        found += [watched, meter.stop(window)]
        if own:
            meter.close()


def cpu_by(samples, name):
    """CPU seconds by what `name` makes of each thing seen."""
    sums = {}
    for key, spent in samples.total.items():
        found = name(samples.seen[key])
        sums[found] = sums.get(found, 0.0) + spent.cpu_s
    return sums
