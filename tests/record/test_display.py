from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.record import Figure, Repeat, display
from greenlab.record.documents import Edited
from greenlab.record.messages import RECORD_MIME
from greenlab.record.unit_counts import UnitTotal
from tests.ledger.conftest import record
from tests.record.strategies import records

CASES = json.loads(
    (Path(__file__).parent.parent / "units_cases.json").read_text(encoding="utf-8")
)


def figure(value, low, high, tier="modelled", **more):
    return Figure(value, low, high, 0.9, tier, **more)


def test_a_figure_shows_joules_and_watt_hours():
    assert display.figure_text(figure(6410, 5500, 7400)) == "6.41 kJ (1.78 Wh)"
    assert display.interval_text(figure(6410, 5500, 7400)) == "between 5.5 and 7.4 kJ"
    assert display.interval_text(figure(900, 800, 1500)) == "between 800 J and 1.5 kJ"


@pytest.mark.parametrize(("value", "low", "high", "joules", "_", "span"), CASES["figures"])
def test_a_figure_has_no_more_digits_than_are_known(value, low, high, joules, _, span):
    shown = figure(value, low, high)
    assert display.amount(shown) == joules
    assert display.interval_text(shown) == (span and f"between {span.replace(' to ', ' and ')}")


@pytest.mark.parametrize(("joules", "count", "text"), CASES["per_token"])
def test_joules_per_unit_can_be_read(joules, count, text):
    total = UnitTotal("token", count, figure(joules, 0.9 * joules, 1.1 * joules))
    assert display.unit_text(total)[0] == text


def test_emissions_are_as_wide_as_the_energy():
    assert display.emissions_text(figure(3.09, 0.34, 12.3)) == "≈ 3 g CO2e"
    assert display.emissions_text(figure(3.09, 2.9, 3.3)) == "3.1 g CO2e"
    assert display.emissions_text(figure(0.1, 0, 0.4)) == "≤ 400 mg CO2e"


def edit(ratio, **more):
    known = Edited("a", "new", "old", 100, 100 * ratio, ratio, ratio, ratio, 1, 1, True, False,
                   "assumed")  # fmt: skip
    return display.edited_text(dataclasses.replace(known, **more))


def test_what_an_edit_changed():
    assert edit(0.62) == "this edit: -38 %, 1 run each, not certain yet"
    assert edit(1.2, before_runs=3) == (
        "this edit: +20 % (+20 % to +20 %), 3 runs before, 1 after, not certain yet"
    )
    assert edit(3.5) == "this edit: 3.5× as much, 1 run each, not certain yet"
    assert edit(0.002) == "this edit: -99.8 %, 1 run each, not certain yet"
    assert edit(0.0001).startswith("this edit: -99.9 %")
    assert edit(0.16, wide=True) == "this edit: -84 %, 1 run each, not certain yet"


EDITS = json.loads(
    (Path(__file__).parent.parent / "edit_cases.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(("changes", "text"), EDITS)
def test_an_edit_is_described_as_on_the_page(changes, text):
    assert edit(**changes) == text


def test_no_line_of_a_cells_output_ends_with_a_rough_sign():
    rough = record(energy_j=figure(3090, 340, 12300))
    assert "≈\N{NO-BREAK SPACE}3 kJ" in display.html(rough)
    assert "≈ " not in display.html(rough)


@pytest.mark.parametrize(
    ("joules", "text"),
    [
        ([1280], "1 run: 6 s, 1.28 kJ"),
        ([1280, 1280], "2 runs, each 6 s ± 0 s, 1.28 kJ ± 0 J"),
        ([None], "1 run: 6 s"),
    ],
)
def test_runs_of_a_repeated_cell(joules, text):
    runs = tuple(
        Repeat(6.0, Figure.missing("lost") if one is None else figure(one, one, one))
        for one in joules
    )
    assert display.repeats_text(record(repeats=runs)) == text


def test_a_short_cell_shows_an_upper_bound():
    noise = figure(0.1, 0, 0.4, "measured")
    assert display.figure_text(noise) == "≤ 400 mJ"
    assert display.interval_text(noise) == ""


def test_a_missing_figure_is_not_a_zero():
    assert display.figure_text(Figure.missing("no permission")) == "energy not known"


def test_a_figure_that_lacks_a_part_says_at_least():
    part = figure(10, 9, None, lacks=("gpu 0",))
    assert display.figure_text(part).startswith("at least 10 J")
    assert display.interval_text(part) == "from 9 J up"


class Tags(HTMLParser):
    allowed = {"div", "b", "details", "summary"}

    def handle_starttag(self, tag, attrs):
        assert tag in self.allowed, tag
        assert attrs in ([], [("class", display.HTML_CLASS)])


@given(records)
def test_the_html_is_plain_and_the_data_complete(record):
    bundle = display.bundle(record, ["a note with <script>"])
    Tags().feed(bundle["text/html"])
    assert "<script" not in bundle["text/html"]
    assert bundle[RECORD_MIME]["id"] == record.id
    assert "a note" in bundle["text/plain"]
    assert not re.search(r"\b(nan|inf|None)\b", bundle["text/plain"])


@given(records, st.sampled_from(["error", "interrupted"]))
def test_a_cell_that_failed_says_so(record, status):
    shown = display.bundle(dataclasses.replace(record, status=status))
    said = {"error": "the cell failed", "interrupted": "the cell was interrupted"}[status]
    assert f"{said}: this is what it used until then" in shown["text/plain"]


@given(records)
def test_a_gpu_that_went_on_is_reported(record):
    shown = display.bundle(record)["text/plain"]
    assert ("continued after the end" in shown) is (record.async_tail is True)


def test_a_record_in_one_line():
    cell = dataclasses.replace(
        record(duration_s=12.0, energy_j=figure(30, 20, 1500)),
        execution_count=3,
        emissions_g=figure(0.0004, 0, 1),
    )
    weight = "≈ 30 J, between 20 and 1500 J (modelled), ≤ 1 g CO2e"
    assert repr(cell) == f"<CellRecord cell [3], 12 s: {weight}>"
    span = dataclasses.replace(cell, kind="span", name="fit", execution_count=None)
    assert repr(span) == f"<CellRecord span 'fit', 12 s: {weight}>"
    unknown = dataclasses.replace(cell, status="error", energy_j=Figure.missing("no sensor"))
    assert repr(unknown) == (
        "<CellRecord cell [3] (failed), 12 s: energy not known (no sensor)>"
    )


@given(records)
def test_every_record_shows_itself(one):
    assert repr(one).startswith("<CellRecord ")
    assert one._repr_html_() == display.bundle(one)["text/html"]
