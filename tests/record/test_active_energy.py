"""What a record's code added: the same cases as the panel's, in one file."""

import json
from pathlib import Path

import pytest
from hypothesis import given

from greenlab.record import Component, Figure
from greenlab.record.active_energy import active, by_active
from tests.ledger.conftest import figure, record
from tests.record.strategies import records

CASES = json.loads(
    (Path(__file__).parent.parent / "active_cases.json").read_text(encoding="utf-8")
)


def known(value):
    return Figure.missing("no sensor") if value is None else figure(value)


def ran(parts, **more):
    components = tuple(
        Component(kind, kind, "test", known(energy), known(energy), known(added), known(None))
        for kind, added, energy in parts
    )
    return record(components=components, **more)


@pytest.mark.parametrize(("parts", "joules", "caveat"), CASES["active"])
def test_what_code_added(parts, joules, caveat):
    added = active(ran(parts))
    assert added.value == joules
    assert (added.reason is not None) is caveat


@pytest.mark.parametrize("case", CASES["ranked"], ids=lambda case: case["about"])
def test_rank(case):
    ran_all = [ran(parts, name=name) for name, parts in case["records"]]
    assert [one.name for one in by_active(ran_all)] == case["order"]


def test_without_parts_the_whole_counts_and_says_so():
    added = active(record(components=(), energy_j=figure(30.0)))
    assert (added.value, added.low) == (30.0, 0.0)
    assert "idle power" in added.reason


@given(records)
def test_it_is_never_a_zero_that_nobody_knows(one):
    added = active(one)
    assert (added.value is None) == (added.tier == "missing")
    assert added.value is not None or added.reason
