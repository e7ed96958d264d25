"""`greenlab calibrate`: what is read becomes the machine's curve, or nothing is stored."""

import json
import threading
import time

import pytest

from greenlab.cli import calibrate, full_load, power_instruments
from greenlab.cli.full_load import FullLoad
from greenlab.sensors.models import calibration, cpu
from tests.simulated import Constant, Machine, Package, Proportional


class Bench:
    """A simulated machine in the place of this one: sleeping passes its time."""

    def __init__(self, monkeypatch, machine):
        self.machine, self.when_idle, self.at_full, self.loaded = machine, 0.02, 1.0, False
        monkeypatch.setattr("greenlab.sensors.Host", lambda: machine)
        monkeypatch.setattr(time, "sleep", self.sleep)
        monkeypatch.setattr(time, "monotonic", lambda: machine.now)
        monkeypatch.setattr("psutil.cpu_percent", lambda: 100 * self.busy)
        monkeypatch.setattr(full_load, "FullLoad", self.load)

    @property
    def busy(self):
        return self.at_full if self.loaded else self.when_idle

    def sleep(self, seconds):
        self.machine.work(seconds, others=self.busy * self.machine.cpus)

    def load(self, threads):
        assert threads == self.machine.cpus
        bench = self

        class Loaded:
            def __enter__(self):
                bench.loaded = True

            def __exit__(self, *_):
                bench.loaded = False

        return Loaded()


@pytest.fixture
def bench(monkeypatch):
    return lambda machine: Bench(monkeypatch, machine)


@pytest.fixture
def answers(monkeypatch):
    def give(*lines):
        left = list(lines)

        def answer():
            if not left:
                raise EOFError
            return left.pop(0)

        monkeypatch.setattr("builtins.input", answer)
        return left

    return give


def test_by_a_counter(greenlab, bench):
    bench(Machine([Package(Proportional(6.0, 10.0))]))
    code, out, err = greenlab("calibrate", "--json")
    assert code == 0
    stored = json.loads(out)
    assert stored["method"] == "counter"
    assert stored["idle_w"] == pytest.approx(6.8, rel=0.02)
    assert stored["full_w"] == pytest.approx(46.0, rel=0.02)
    assert "Full load for 20 s, on 4 threads" in err
    (model,) = cpu.find(Machine()).sources
    assert model.curve.full_w.mid == pytest.approx(46.0, rel=0.02)


def battery(machine, bench):
    top = "/sys/class/power_supply/BAT0"
    machine.files[f"{top}/type"] = "Battery"
    machine.files[f"{top}/status"] = "Discharging"
    machine.files[f"{top}/power_now"] = lambda: b"%d" % int(1e6 * (5 + 30 * bench.busy))
    return machine


def test_by_a_battery_where_no_counter_can_be_read(greenlab, bench):
    machine = Machine()
    battery(machine, bench(machine))
    code, out, _ = greenlab("calibrate")
    assert code == 0
    assert "by battery: 5.6 W idle, 35.0 W at full load" in out
    assert calibration.read().method == "battery"


def test_a_battery_that_is_plugged_in_reports_nothing(greenlab, bench):
    machine = Machine()
    battery(machine, bench(machine))
    machine.files["/sys/class/power_supply/BAT0/status"] = "Charging"
    code, _, err = greenlab("calibrate", "--by", "battery")
    assert code == 1
    assert "unplug" in err
    assert calibration.read() is None


def test_by_a_meter_at_the_wall(greenlab, bench, answers):
    bench(Machine())
    left = answers("31", "what?", " 88,5 W ")
    code, out, err = greenlab("calibrate")
    assert (code, left) == (0, [])
    assert "by wall meter: 31.0 W idle, 88.5 W at full load" in out
    assert "a number, such as" in err


def test_nobody_answers(greenlab, bench, answers):
    bench(Machine())
    answers()
    code, _, err = greenlab("calibrate")
    assert code == 1
    assert "--idle-w and --full-w" in err


def test_watts_that_were_read_already_run_no_load(greenlab, bench, monkeypatch):
    bench(Machine())
    monkeypatch.setattr(full_load, "FullLoad", None)
    assert greenlab("calibrate", "--idle-w", "31", "--full-w", "88")[0] == 0
    assert calibration.read().full_w == 88.0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--idle-w", "31"), "go together"),
        (("--idle-w", "88", "--full-w", "31"), "nothing was stored"),
        (("--idle-w", "0", "--full-w", "31"), "nothing was stored"),
        (("--seconds", "1"), "between 5 and 600"),
        (("--seconds", "nan"), "between 5 and 600"),
        (("--by", "guess"), "invalid choice"),
    ],
)
def test_wrong_input_is_said_and_stores_nothing(greenlab, bench, words, says):
    bench(Machine())
    code, out, err = greenlab("calibrate", *words)
    assert code == 2
    assert says in err
    assert not out
    assert calibration.read() is None


def test_an_instrument_that_is_not_here(greenlab, bench):
    bench(Machine())
    code, out, err = greenlab("calibrate", "--by", "counter")
    assert (code, out) == (1, "")
    assert "no energy counter" in err
    assert calibration.read() is None


def test_a_machine_that_is_not_idle(greenlab, bench, answers):
    bench(Machine()).when_idle = 0.3
    answers("31", "88")
    code, _, err = greenlab("calibrate")
    assert code == 1
    assert "30% busy while it should be idle" in err


def test_processors_that_cannot_be_filled(greenlab, bench, answers):
    bench(Machine()).at_full = 0.5
    answers("31", "88")
    code, _, err = greenlab("calibrate")
    assert code == 1
    assert "only 50% busy" in err


def test_a_stalled_counter(greenlab, bench):
    bench(Machine([Package(Constant(20.0))]))
    code, _, err = greenlab("calibrate")
    assert code == 1
    assert "hardly more" in err


def test_a_virtual_machine_is_refused(greenlab, bench):
    bench(Machine(guest=True))
    code, _, err = greenlab("calibrate", "--idle-w", "31", "--full-w", "88")
    assert code == 1
    assert "virtual machine" in err


def test_an_interrupt_stores_nothing_and_ends_the_load(greenlab, bench, monkeypatch):
    here = bench(Machine([Package(Proportional(6.0, 10.0))]))

    def interrupted(seconds):
        if here.loaded:
            raise KeyboardInterrupt
        here.sleep(seconds)

    monkeypatch.setattr(time, "sleep", interrupted)
    assert greenlab("calibrate")[0] == 130
    assert not here.loaded
    assert calibration.read() is None


def test_show_and_forget(greenlab, bench):
    bench(Machine())
    code, out, _ = greenlab("calibrate", "--show")
    assert (code, "Nothing is stored" in out) == (1, True)
    greenlab("calibrate", "--idle-w", "31", "--full-w", "88")
    code, out, _ = greenlab("calibrate", "--show")
    assert (code, "31.0 W idle" in out) == (0, True)
    code, out, _ = greenlab("calibrate", "--show", "--json")
    assert json.loads(out)["schema"] == "greenlab.calibration/1"
    bench(Machine(cpus=8))
    code, _, err = greenlab("calibrate", "--show")
    assert (code, "another processor" in err) == (1, True)
    assert "Removed" in greenlab("calibrate", "--forget")[1]
    assert "Nothing is stored" in greenlab("calibrate", "--forget")[1]


def test_a_place_that_cannot_be_written(greenlab, bench, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GREENLAB_CALIBRATION", str(tmp_path / "file" / "calibration.json"))
    bench(Machine())
    code, _, err = greenlab("calibrate", "--idle-w", "31", "--full-w", "88")
    assert code == 1
    assert "cannot write" in err


def test_full_load_runs_outside_python_and_ends():
    before = threading.active_count()
    others_s = lambda: time.process_time() - time.thread_time()
    start_s, own_s, deadline = others_s(), time.thread_time(), time.monotonic() + 180
    with FullLoad(2):
        # However busy the machine is: they get processor time, and so does this thread.
        while others_s() - start_s < 0.2 and time.monotonic() < deadline:
            pass
    assert others_s() - start_s >= 0.2
    assert time.thread_time() - own_s > 0
    assert threading.active_count() == before


def test_the_best_instrument_is_found():
    from greenlab.meter import Meter

    host = Machine([Package(Constant(20.0))])
    assert power_instruments.usual(Meter(host), host) == "counter"
    assert power_instruments.usual(Meter(Machine()), Machine()) == "wall"
    assert set(calibrate.METHODS) == set(calibration.INSTRUMENTS)
