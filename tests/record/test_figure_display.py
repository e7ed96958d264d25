import json
from pathlib import Path

import pytest

from greenlab.record import Figure, figure_display
from greenlab.record.unit_counts import UnitTotal

CASES = json.loads(
    (Path(__file__).parent.parent / "units_cases.json").read_text(encoding="utf-8")
)


def figure(value, low, high, tier="modelled", **more):
    return Figure(value, low, high, 0.9, tier, **more)


def test_a_figure_shows_joules_and_watt_hours():
    assert figure_display.figure_text(figure(6410, 5500, 7400)) == "6.41 kJ (1.78 Wh)"
    assert figure_display.interval_text(figure(6410, 5500, 7400)) == "between 5.5 and 7.4 kJ"
    assert figure_display.interval_text(figure(900, 800, 1500)) == "between 800 J and 1.5 kJ"


@pytest.mark.parametrize(("value", "low", "high", "joules", "_", "span"), CASES["figures"])
def test_a_figure_has_no_more_digits_than_are_known(value, low, high, joules, _, span):
    shown = figure(value, low, high)
    assert figure_display.amount(shown) == joules
    assert figure_display.interval_text(shown) == (
        span and f"between {span.replace(' to ', ' and ')}"
    )


@pytest.mark.parametrize(("joules", "count", "text"), CASES["per_token"])
def test_joules_per_unit_can_be_read(joules, count, text):
    total = UnitTotal("token", count, figure(joules, 0.9 * joules, 1.1 * joules))
    assert figure_display.unit_text(total)[0] == text


def test_emissions_are_as_wide_as_the_energy():
    assert figure_display.emissions_text(figure(3.09, 0.34, 12.3)) == "≈ 3 g CO2e"
    assert figure_display.emissions_text(figure(3.09, 2.9, 3.3)) == "3.1 g CO2e"
    assert figure_display.emissions_text(figure(0.1, 0, 0.4)) == "≤ 400 mg CO2e"


def test_a_short_cell_shows_an_upper_bound():
    noise = figure(0.1, 0, 0.4, "measured")
    assert figure_display.figure_text(noise) == "≤ 400 mJ"
    assert figure_display.interval_text(noise) == ""


def test_a_missing_figure_is_not_a_zero():
    assert figure_display.figure_text(Figure.missing("no permission")) == "energy not known"


@pytest.mark.parametrize(("value", "low", "text", "least"), CASES["without_upper_bound"])
def test_a_figure_that_lacks_a_part_says_at_least(value, low, text, least):
    part = figure(value, low, None, lacks=("gpu 0",))
    assert figure_display.figure_text(part).startswith(f"{text} (")
    assert figure_display.interval_text(part) == f"from {least} up"
    assert figure_display.summary(part, part).startswith(f"{text}, from {least} up (modelled)")
