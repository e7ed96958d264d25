from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.carbon import emissions, resolve
from greenlab.record import Figure

KWH = Figure.within(3.6e6, 3.5e6, 3.7e6, level=0.95, tier="measured")


def test_a_kilowatt_hour_emits_the_intensity():
    france = resolve("FR")
    grams = emissions(KWH, france)
    assert grams.value == pytest.approx(france.value)
    assert grams.low == pytest.approx(france.value * 3.5 / 3.6)
    assert grams.tier == "modelled"
    assert emissions(KWH, france, 1.5).value == pytest.approx(1.5 * france.value)


def test_a_guessed_zone_makes_the_grams_assumed():
    assert emissions(KWH, replace(resolve("FR"), tier="assumed")).tier == "assumed"


def test_missing_stays_missing_with_its_reason():
    energy = Figure.missing("no readable counter", ("ram",))
    assert emissions(energy, resolve("FR")) == Figure.missing("no readable counter", ("ram",))
    grams = emissions(KWH, resolve("Atlantis"))
    assert grams.value is None
    assert "Atlantis" in grams.reason


def test_a_lower_bound_stays_a_lower_bound():
    energy = Figure(10.0, 8.0, None, 0.95, "modelled", "the GPU is not known", ("gpu",))
    grams = emissions(energy, resolve("FR"))
    assert grams.high is None
    assert grams.lacks == ("gpu",)


@given(st.floats(0, 1e9), st.floats(1, 10))
def test_grams_are_proportional_to_joules_and_pue(joules, pue):
    energy = Figure.within(joules, joules, joules, level=0.95, tier="measured")
    value = emissions(energy, resolve("FR"), pue).value
    assert value == pytest.approx(joules / 3.6e6 * pue * resolve("FR").value)


def test_a_pue_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        emissions(KWH, resolve("FR"), 0.9)
