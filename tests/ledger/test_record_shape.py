"""The short way to a record's template and values gives what the long way gives."""

import random
from dataclasses import replace

import pytest

from greenlab.ledger import json_templates, record_shape
from greenlab.record import BackgroundUse, Component, Figure, Intensity, Repeat
from greenlab.record.figure import TIERS

from .conftest import FRANCE, record

NUMBERS = (0.0, -0.0, 1.0, 1, 0, 5e-324, 1e300, 0.1 + 0.2, True)
TEXTS = ("", "ok", "caf\u00e9", "\u2028\ud800", '{"#":0}', "a\nb", '"', "\\", None)


def any_figure(chance):
    pick = chance.choice
    if chance.random() < 0.6:
        return Figure(chance.random(), chance.random(), chance.random(), 0.95, pick(TIERS))
    number = [pick((*NUMBERS, None)) for _ in range(3)]
    lacks = tuple(pick(TEXTS[:4]) for _ in range(chance.randrange(3)))
    return Figure(*number, pick((0.95, 1, 1.0, 0)), pick(TIERS), pick(TEXTS), lacks)


def any_record(chance):
    pick, figure = chance.choice, lambda: any_figure(chance)
    parts = tuple(
        Component(pick(("cpu", "gpu")), pick(TEXTS[:3]), "rapl", *(figure() for _ in range(4)))
        for _ in range(chance.randrange(4))
    )
    grid = Intensity(
        pick((56.0, None)), "FR", "France", "a table", pick((2023, None)), "modelled"
    )
    changes = {
        "components": parts,
        "energy_j": figure(),
        "host_energy_j": figure(),
        "emissions_g": figure(),
        "intensity": pick((FRANCE, grid, replace(grid, guess="TZ", reason="no figure"))),
        "notebook": pick(TEXTS),
        "name": pick(TEXTS),
        "cpu_s": pick((*NUMBERS, None)),
        "gpu_busy": pick((0.5, None)),
        "pue": pick((1.0, 1, 1.2)),
        "scope": pick(("process", "host")),
        "counted_in": pick((None, "x")),
        "repeats": tuple(Repeat(1.0, figure()) for _ in range(chance.randrange(2))),
        "background": pick((None, (), (BackgroundUse(0.0, 1.0, None, 3),))),
        "async_tail": pick((None, True, False)),
    }
    kept = {key: value for key, value in changes.items() if chance.random() < 0.5}
    return replace(record(), **kept)


@pytest.mark.parametrize("seed", range(40))
def test_the_short_way_gives_what_the_long_way_gives(seed):
    chance = random.Random(seed)
    for _ in range(50):
        one = any_record(chance)
        for _ in range(2):  # the second time its shape is known
            template, values = record_shape.cut(one)
            assert (template, values.json) == json_templates.cut(one.to_dict())


def test_a_shape_that_is_known_is_not_cut_again(monkeypatch):
    first = record()
    expected, _ = record_shape.cut(first)
    monkeypatch.setattr(json_templates, "cut", lambda _data: pytest.fail("the long way"))
    for _ in range(3):
        template, values = record_shape.cut(record(duration_s=0.25, energy_j=first.energy_j))
        assert template is expected
        assert "0.25" in values.json


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("field", ["cpu_s", "duration_s", "gpu_busy"])
def test_a_missing_number_is_refused_even_if_others_are_known(field, number):
    record_shape.cut(record(**{field: 1.0}))
    with pytest.raises(ValueError, match="not finite|not JSON compliant"):
        record_shape.cut(record(**{field: number}))


def test_shapes_are_bounded():
    for number in range(600):
        record_shape.cut(record(host=f"host {number}"))
    assert len(record_shape._templates) <= 256
