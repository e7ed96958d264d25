"""How the processor model's interval is found, and what it holds of kinds it has not seen."""

import math
import random
import statistics

import pytest
from benchmarks.models import T_95, held_out, prediction, ratios

from greenlab.sensors.models.cpu import MODEL_LEVEL, SERVER_FULL_LOAD


def test_the_model_s_interval_is_what_the_measurements_foretell():
    found = prediction(list(ratios().values()))
    assert pytest.approx(found, abs=0.005) == SERVER_FULL_LOAD


def test_it_holds_kinds_that_were_held_out():
    cases = held_out()
    held = sum(case.model_w.low <= case.truth_w <= case.model_w.high for case in cases)
    assert len(cases) == sum(map(len, ratios().values()))
    assert held >= MODEL_LEVEL * len(cases)


@pytest.mark.parametrize("between", [0.02, 0.1, 0.3], ids=["alike", "differ", "far apart"])
@pytest.mark.parametrize("cases", [(4, 4, 4, 4, 8, 8), (2, 3, 9)])
def test_a_predicted_interval_holds_nine_in_ten_of_new_kinds(between, cases):
    """On kinds drawn at random from the model it assumes."""
    draw = random.Random(1)
    held = []
    for _ in range(2000):
        middles = [draw.gauss(0.0, between) for _ in (*cases, 1)]
        *known, new = (
            [math.exp(draw.gauss(middle, 0.15)) for _ in range(count)]
            for middle, count in zip(middles, (*cases, 1), strict=True)
        )
        found = prediction(known)
        held.append(found.low <= new[0] <= found.high)
    assert 0.88 <= statistics.fmean(held) <= 0.99


def test_t_is_student_s():
    scipy = pytest.importorskip("scipy.stats")
    assert [scipy.t.ppf(0.95, df) for df in range(1, 8)] == pytest.approx(T_95, abs=5e-4)
