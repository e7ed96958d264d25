"""C01: long work on a grid with much emission, and on one with little."""

from dataclasses import replace

import pytest
from advice_cells import HEAVY, found

from greenlab import carbon
from greenlab.notebook import grid_signals

LONG = replace(
    HEAVY,
    duration_s=900.0,
    intensity_g_per_kwh=480.0,
    zone_name="World",
    cleaner=(("Sweden", 24.0), ("Poland", 600.0)),
)


def test_it_is_listed_with_the_grams_here_and_there():
    (one,) = found("work()", {}, LONG)
    assert (one.rule, one.status, one.saving) == ("C01", "candidate", None)
    assert any(
        "At 480 g/kWh (World) it emitted 72 mg CO2e; 3.6 mg CO2e in Sweden" in fact
        and "Poland" not in fact
        for fact in one.because
    )


@pytest.mark.parametrize(
    "signals",
    [
        replace(LONG, duration_s=30.0),
        replace(LONG, intensity_g_per_kwh=40.0),
        replace(LONG, intensity_g_per_kwh=None),
        replace(LONG, cleaner=()),
    ],
)
def test_silent_for_short_work_and_on_clean_grids(signals):
    assert found("work()", {}, signals) == ()


def test_the_cleaner_grids_are_known_without_a_network():
    values = [carbon.resolve(zone).value for zone in grid_signals.CLEANER]
    assert all(value is not None and value < 150 for value in values)
