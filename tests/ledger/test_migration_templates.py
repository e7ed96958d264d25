"""Old records that become rows by their shape are those that reading each would give."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.ledger import migration_templates as shapes
from greenlab.ledger.migration_templates import Shapes, prepare
from greenlab.record import CellRecord
from tests.record.strategies import records

RELEASED = Path(__file__).parent / "released"
LINES = [json.loads(line) for line in (RELEASED / "records.jsonl").read_text().splitlines()]

as_written = st.sampled_from([{"separators": (",", ":")}, {}])
"""Both forms in which versions wrote JSON."""


def varied(data, factor):
    """Other numbers in the same places."""
    if isinstance(data, dict):
        return {name: varied(one, factor) for name, one in data.items()}
    if isinstance(data, list):
        return [varied(one, factor) for one in data]
    return data * factor if isinstance(data, float) else data


def agrees(known, data, form):
    stored = json.dumps(data, **form)
    assert known.prepare(stored) == prepare(CellRecord.from_dict(json.loads(stored)))


@pytest.mark.slow
@given(st.lists(records, min_size=1, max_size=4), st.floats(0.25, 4), as_written)
def test_a_shape_gives_what_reading_gives(kept, factor, form):
    known = Shapes()
    for one in kept:
        data = replace(one, counted_in=None).to_dict()
        old = {name: value for name, value in data.items() if name != "counted_in"}
        for each in (
            old,
            old,
            varied(old, factor),
            varied(old, 0.0),
            varied(old, -factor),
            data,
        ):
            agrees(known, each, form)


@pytest.mark.parametrize("data", LINES, ids=lambda data: data["id"][-2:])
def test_released_records(data):
    known = Shapes()
    for factor in (1.0, 0.5, 2.0, 0.0, -1.0):
        for scope in ("process", "host", "active"):
            agrees(known, varied(data, factor) | {"scope": scope}, {})


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "lost at 10:30, 5 times"},
        {"name": 'a "name": 5, "id": "x"'},
        {"notebook": "/b [1,2].ipynb"},
        {"id": "greenlab-mark-3."},
        {"id": ""},
        {"name": ""},
        {"duration_s": 3},
        {"cpu_s": 10995116200000003.5},
        {"execution_count": None},
        {"execution_count": 0},
        {"parent_id": "other"},
        {"parent_id": None},
        {"later field": {"value": 3.5, "name": "x"}},
    ],
    ids=str,
)
def test_what_differs_from_the_first_of_its_template(change):
    known, first = Shapes(), LINES[0]
    agrees(known, first, {})
    energy_j = first["energy_j"] | {"reason": change.pop("reason", None)}
    agrees(known, first | change | {"energy_j": energy_j}, {})
    agrees(known, first, {})


def test_what_is_no_record_is_refused():
    known = Shapes()
    known.prepare(json.dumps(LINES[0]))
    for change in ({"id": 5}, {"schema": "other/1"}, {"status": "odd"}, {"cpu_s": "1"}):
        with pytest.raises(ValueError):
            known.prepare(json.dumps(LINES[0] | change))
    for text in ("", "{}", "[]", '{"schema"', json.dumps(LINES[0])[:-1]):
        with pytest.raises((ValueError, TypeError, AttributeError)):
            known.prepare(text)
    with pytest.raises(ValueError, match="finite"):
        known.prepare(json.dumps(LINES[0] | {"duration_s": float("inf")}))


def test_records_of_one_shape_are_read_once(monkeypatch):
    read = []

    class Counted(CellRecord):
        @classmethod
        def from_dict(cls, data):
            read.append(data)
            return CellRecord.from_dict(data)

    monkeypatch.setattr(shapes, "CellRecord", Counted)
    known, first = Shapes(), LINES[0]
    for number in range(50):
        energy_j = varied(first["energy_j"], 1 + number) | {"level": 0.9}
        data = first | {"id": f"r{number}", "energy_j": energy_j, "duration_s": 2.5 * number}
        known.prepare(json.dumps(data))
    assert len(read) <= 6  # the first one, and those of no duration: twice each, with marks
