"""Joules, watt-hours and grams for people: the same cases as the panel's, in one file."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab import units

CASES = json.loads((Path(__file__).parent / "units_cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("energy_j", "unit", "text"), CASES["energy"])
def test_energy(energy_j, unit, text):
    assert units.energy(energy_j, unit) == text


@pytest.mark.parametrize(("value", "unit", "text"), CASES["upper_bounds"])
def test_upper_bounds(value, unit, text):
    assert units.at_most(value, unit) == text


@pytest.mark.parametrize(("emissions_g", "text"), CASES["emissions"])
def test_emissions(emissions_g, text):
    assert units.emissions(emissions_g) == text


@pytest.mark.parametrize(("duration_s", "text"), CASES["duration"])
def test_duration(duration_s, text):
    assert units.duration(duration_s) == text


@given(st.floats(1e-6, 1e11))
def test_what_is_shown_is_the_value_to_three_digits(energy_j):
    number, unit = units.energy(energy_j).split()
    factor = {"µJ": 1e-6, "mJ": 1e-3, "J": 1, "kJ": 1e3, "MJ": 1e6, "GJ": 1e9}[unit]
    assert float(number) * factor == pytest.approx(energy_j, rel=0.005000001)


@given(st.floats(0, 1e12))
def test_watt_hours_and_kilowatt_hours_are_one_scale(energy_j):
    assert units.wh(energy_j) == pytest.approx(units.kwh(energy_j) * 1000)


@given(st.lists(st.floats(0, 1e8, allow_subnormal=False), min_size=2, max_size=2))
def test_what_is_read_beside_each_other_has_one_unit(energies_j):
    shown = units.energies(*energies_j)
    number, unit = units.energy(max(energies_j)).split()
    assert [text.split()[1] for text in shown] == [unit, unit]
    assert number in [text.split()[0] for text in shown]
    for text, energy_j in zip(shown, energies_j, strict=True):
        factor = {"µJ": 1e-6, "mJ": 1e-3, "J": 1, "kJ": 1e3, "MJ": 1e6}[unit]
        # Below 0.1 nJ it is nothing.
        assert float(text.split()[0]) * factor == pytest.approx(
            energy_j, rel=0.00501, abs=1e-10
        )
        assert "e" not in text


def test_durations_beside_each_other():
    assert units.durations(0.508, 1.0) == ["0.508 s", "1 s"]
    assert units.durations(30, 90) == ["30 s", "1 min 30 s"]


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.3822, "38.2 %"),
        (0.9999, "100 %"),
        (12.345, "1234 %"),
        (1e-7, "0.0000100 %"),
        (0, "0 %"),
    ],
)
def test_percent(fraction, text):
    assert units.percent(fraction) == text
