from __future__ import annotations

import json

import pytest
from hypothesis import given

from greenlab.record import CellRecord, Figure, Intensity, SensorStatus, from_dict, to_dict
from tests.record.strategies import figures, records


@given(records)
def test_a_record_survives_json(record):
    assert CellRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record


@given(figures)
def test_a_figure_is_never_a_bare_number(figure):
    data = to_dict(figure)
    assert {"value", "low", "high", "level", "tier"} <= data.keys()
    assert ("reason" in data) == (figure.reason is not None)
    assert "lacks" not in data


def test_fields_of_a_newer_version_are_passed_over():
    data = to_dict(Figure.missing("lost")) | {"colour": "blue"}
    assert from_dict(Figure, data) == Figure.missing("lost")


def test_a_record_of_another_schema_is_refused():
    with pytest.raises(ValueError, match="greenlab.record/1"):
        CellRecord.from_dict({"schema": "greenlab.record/2"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tier": "guessed"}, "SensorStatus.tier"),
        ({"available": 1}, "SensorStatus.available"),
        ({"name": None}, "SensorStatus.name"),
    ],
)
def test_a_wrong_shape_names_its_field(change, message):
    status = SensorStatus("rapl", "cpu", True, True, "measured", "package 0")
    with pytest.raises(ValueError, match=message):
        from_dict(SensorStatus, to_dict(status) | change)


def test_an_absent_field_is_named():
    with pytest.raises(ValueError, match="zone"):
        from_dict(Intensity, {"value": 1.0})
