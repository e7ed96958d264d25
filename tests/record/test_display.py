from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.record import Figure, Repeat, display
from greenlab.record.messages import RECORD_MIME
from tests.ledger.conftest import record
from tests.record.strategies import records


def figure(value, low, high, tier="modelled", **more):
    return Figure(value, low, high, 0.9, tier, **more)


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
