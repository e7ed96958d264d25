"""A machine's own curve: stored, read back, left aside where it does not hold."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.sensors.models import calibration, cpu
from greenlab.sensors.models.calibration import Calibration, curve
from greenlab.sensors.models.power_curve import REST
from greenlab.host.machine import look
from tests.simulated import Machine

METHODS = tuple(calibration.INSTRUMENTS)


def made(host, method="wall", idle_w=30.0, full_w=90.0):
    facts = look(host)
    return Calibration(facts.name, facts.threads, "2026-11-20", method, idle_w, full_w)


def test_it_comes_back_as_it_was_stored():
    assert calibration.read() is None
    stored = made(Machine())
    where = calibration.save(stored)
    assert calibration.read() == stored
    assert [path.name for path in where.parent.iterdir()] == [where.name]
    assert calibration.forget()
    assert not calibration.forget()
    assert calibration.read() is None


def test_the_model_takes_it_and_says_so():
    host = Machine()
    (before,) = cpu.find(host).sources
    calibration.save(made(host, "counter", 4.0, 22.0))
    found = cpu.find(host)
    (model,) = found.sources
    assert model.tier == "modelled"
    assert found.statuses[0].covers.endswith("(calibrated 2026-11-20 by energy counter)")
    assert found.statuses[0].reason is None
    assert model.curve.full_w.mid == pytest.approx(22.0)

    def width(model):
        least, most = (sum(model.splits(2.0, 1.0, 4)[i]) for i in (1, 4))
        return most / least

    assert width(model) < width(before)


def test_a_calibrated_unknown_processor_is_modelled():
    host = Machine(name="Some New CPU 1")
    assert cpu.find(host).sources[0].tier == "assumed"
    calibration.save(made(host))
    assert cpu.find(host).sources[0].tier == "modelled"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cpu": "AMD EPYC 7763 64-Core Processor"}, "another processor"),
        ({"threads": 64}, "another processor"),
        ({"full_w": 20.0}, "hardly more"),
        ({"full_w": "many"}, "no power in watts"),
        ({"idle_w": -1.0}, "no power in watts"),
        ({"idle_w": float("nan")}, "no power in watts"),
        ({"method": "guess"}, "no method"),
        ({"schema": "greenlab.calibration/9"}, "not in the form"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_stale_or_broken_file_is_said_and_left_aside(change, says):
    host = Machine()
    plain = cpu.find(host)
    where = calibration.save(made(host))
    where.write_text(json.dumps(json.loads(where.read_text()) | change))
    found = cpu.find(host)
    assert found.sources[0].curve == plain.sources[0].curve
    assert found.statuses[0].used
    assert says in found.statuses[0].reason
    assert "greenlab calibrate" in found.statuses[0].fix


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\x00"])
def test_no_calibration_at_all_in_the_file(text):
    where = calibration.save(made(Machine()))
    where.write_text(text)
    found = cpu.find(Machine())
    assert str(where) in found.statuses[0].reason
    assert found.sources


def test_a_folder_in_its_place_is_said():
    calibration.path().mkdir()
    assert "cannot be used" in cpu.find(Machine()).statuses[0].reason


def test_a_virtual_machine_takes_none_from_outside():
    host = Machine(guest=True)
    calibration.save(made(host, "wall"))
    found = cpu.find(host)
    assert found.sources[0].tier == "assumed"
    assert "virtual machine" in found.statuses[0].reason
    calibration.save(made(host, "counter"))
    assert cpu.find(host).sources[0].tier == "modelled"


@given(st.sampled_from(METHODS), st.floats(0.1, 500), st.floats(1.06, 40), st.floats(0, 2000))
def test_every_curve_is_an_interval_within_what_the_instrument_saw(
    method, idle_w, factor, memory_w
):
    seen = Calibration("x", 4, "2026-11-20", method, idle_w, idle_w * factor)
    full_w, rest, _ = curve(seen, memory_w)
    assert 0 < full_w.low <= full_w.mid <= full_w.high
    assert 0 <= rest.low <= rest.mid <= rest.high < 1
    # The package, as best known, draws no more than the machine, idle and at full load.
    assert full_w.mid <= seen.full_w * 1.0001
    assert full_w.mid * rest.mid <= idle_w * 1.0001


def test_a_counter_s_rest_is_known_and_full_load_depends_on_the_program():
    lines = curve(Calibration("x", 4, "2026-11-20", "counter", 5.0, 40.0), 0.0).lines()
    at_rest = [line.idle_w for line in lines]
    full = [line.idle_w + line.rise_w for line in lines]
    assert lines[0] == pytest.approx((5.0, 35.0))
    assert 4.2 < min(at_rest) < 5.0 < max(at_rest) < 5.8
    assert 28 < min(full) < 32
    assert 50 < max(full) < 55


def test_what_the_memory_draws_at_rest_is_not_the_package_s():
    seen = Calibration("x", 4, "2026-11-20", "wall", 12.0, 100.0)
    assert curve(seen, 0.0).rest.high > curve(seen, 11.0).rest.high
    assert curve(seen, 12.0).rest == (0.0, 0.0, 0.0)
    assert curve(Calibration("x", 4, "", "wall", 60.0, 100.0), 1.0).rest == REST
