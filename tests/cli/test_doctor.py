import json

import pytest

from greenlab.doctor import examination
from greenlab.carbon import resolve
from greenlab.ledger import Ledger
from greenlab.record import DoctorReport, SensorStatus, from_dict
from greenlab.sensors.models import calibration
from greenlab.sensors import discover
from greenlab.host.machine import look
from tests.ledger.conftest import record
from tests.simulated import Constant, Machine, Package

CPU = SensorStatus("rapl", "cpu", True, True, "measured", "package 0")
MODEL = SensorStatus("cpu-model", "cpu", True, False, "modelled", "model, 8 cores")
RAM = SensorStatus("ram-model", "ram", True, True, "assumed", "model, 16 GB")
NO_GPU = SensorStatus(
    "nvml", "gpu", False, False, "missing", "counter", "no driver", present=False
)
BROKEN_GPU = SensorStatus(
    "nvml",
    "gpu",
    False,
    False,
    "missing",
    "counter",
    "the driver does not answer",
    "nvidia-smi",
)
OLD_GPU = SensorStatus(
    "nvml", "gpu", False, False, "missing", "counter", "GPU 0, K80 has no energy counter"
)
GPU = SensorStatus("nvml", "gpu", True, True, "measured", "GPU 0, H200")
CLOSED = SensorStatus(
    "rapl", "cpu", False, False, "missing", "counter", "only root may read it", "sudo chmod ..."
)


def report(*sensors, zone="FR"):
    return examination.examine(sensors, resolve(zone))


@pytest.mark.parametrize(
    ("sensors", "complete"),
    [
        ((CPU, RAM), True),
        ((CPU, MODEL, RAM, NO_GPU), True),
        ((CPU, RAM, GPU), True),
        ((CPU,), False),
        ((CLOSED, RAM), False),
        ((CPU, RAM, BROKEN_GPU), False),
        ((CPU, RAM, OLD_GPU), False),
        ((), False),
    ],
)
def test_complete_means_that_every_part_that_is_present_has_figures(sensors, complete):
    assert examination.complete(report(*sensors)) is complete


def test_a_grid_without_a_figure_is_not_complete():
    assert not examination.complete(report(CPU, RAM, zone="Atlantis"))
    assert "Atlantis" in examination.text(report(CPU, RAM, zone="Atlantis"))


def test_the_text_says_why_and_how_to_fix_it():
    text = examination.text(report(CLOSED, MODEL, RAM, BROKEN_GPU, NO_GPU))
    assert "only root may read it" in text
    assert "to fix it: sudo chmod ..." in text
    assert "to fix it: nvidia-smi" in text
    assert "No figures for: CPU, GPU." in text
    assert "not found on this machine: nvml" in text
    # A path is never broken, however long.
    assert max(len(line) for line in text.splitlines() if "/" not in line) <= 80


def test_on_this_machine(greenlab, own_ledger, monkeypatch, tmp_path):
    monkeypatch.setenv("GREENLAB_ZONE", "FR")
    code, out, _ = greenlab("doctor")
    assert str(own_ledger) in out.replace("\n      ", " ")
    assert "France" in out
    to_file = tmp_path / "doctor.json"
    assert greenlab("doctor", "--json", to_file)[1] == out
    code_json, alone, _ = greenlab("doctor", "--json")
    found = from_dict(DoctorReport, json.loads(alone))
    assert found == from_dict(DoctorReport, json.loads(to_file.read_text()))
    assert found.findings == ()
    assert code == code_json == (0 if examination.complete(found) else 1)
    assert {"greenlab", "python", "platform", "virtualisation", "ledger"} <= set(
        found.environment
    )


def damage_inside(path):
    """A ledger that opens, and cannot be read."""
    ledger = Ledger(path)
    for _ in range(50):
        ledger.add(record())
    ledger.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize(
    "spoil",
    [lambda path: path.write_text("a text of some length, no database" * 30), damage_inside],
    ids=["no database", "damaged inside"],
)
def test_trouble_with_the_ledger_is_a_finding(greenlab, own_ledger, monkeypatch, spoil):
    monkeypatch.setenv("GREENLAB_ZONE", "FR")
    spoil(own_ledger)
    code, out, _ = greenlab("doctor", "--json")
    (finding,) = json.loads(out)["findings"]
    assert "damaged" in finding
    assert "Move it away" in finding
    assert code == 1
    code, out, _ = greenlab("doctor")
    assert "To fix" in out
    assert code == 1


def test_a_finding_is_reported_even_where_all_figures_are_there():
    found = examination.examine(
        (CPU, RAM), resolve("FR"), (None, "The ledger is full. Empty it.")
    )
    assert examination.complete(found)
    assert not examination.well(found)
    assert examination.well(report(CPU, RAM))
    text = examination.text(found)
    assert "  The ledger is full. Empty it." in text
    assert "something to fix, see above" in text


def test_a_model_that_was_not_calibrated_says_how_to_come_closer():
    def shown(host):
        return examination.text(report(*discover(host)[0]))

    assert "for closer figures: greenlab calibrate" in shown(Machine())
    assert "calibrate" not in shown(Machine(guest=True))  # no meter shows its power alone
    assert "calibrate" not in shown(Machine(packages=[Package(Constant(40.0))]))
    host = Machine()
    machine = look(host)
    calibration.save(
        calibration.Calibration(machine.name, machine.threads, "2026-11-20", "wall", 31.0, 88.0)
    )
    assert "calibrated 2026-11-20" in shown(host)
    assert "closer" not in shown(host)


def test_the_ways_are_printed_whole(greenlab):
    from greenlab.sensors import permissions

    code, out, _ = greenlab("doctor", "--how", "rapl")
    assert code == 0
    for way in permissions.WAYS:
        assert way.title in out
        assert "\n\n" + "\n".join(way.lines) + "\n\n" in out  # at the margin
    assert "CVE-2020-8694" in out
    text = examination.text(report(CLOSED, MODEL, RAM), permissions.WAYS[:1])
    assert f"\n{permissions.WAYS[0].lines[0]}\n" in text
    assert permissions.WAYS[1].title not in text
    assert "Ways to open" not in examination.text(report(CPU, RAM))


def test_counters_of_hardware_that_stand_back_leave_nothing_missing():
    spare = SensorStatus("perf", "cpu", True, False, "measured", "package 0")
    rail = SensorStatus("jetson", "gpu", True, False, "modelled", "rail GPU")
    assert examination.complete(report(CPU, RAM, spare, GPU, rail))


@pytest.mark.parametrize(
    ("sensors", "all_measured"),
    [((CPU, GPU), True), ((CPU, MODEL), True), ((CPU, RAM), False), ((), False)],
)
def test_measured_means_that_no_model_is_used(sensors, all_measured):
    assert examination.measured(report(*sensors)) is all_measured


def test_the_exit_code_can_ask_for_counters(greenlab):
    _, out, _ = greenlab("doctor", "--json")
    found = from_dict(DoctorReport, json.loads(out))
    well = examination.complete(found) and examination.measured(found)
    code, _, err = greenlab("doctor", "--measured")
    assert (code, "no counter measures" in err) == ((0, False) if well else (1, True))


def test_a_laptop_s_battery_is_shown_as_a_check(monkeypatch, tmp_path):
    pack = tmp_path / "sys/class/power_supply/BAT0"
    pack.mkdir(parents=True)
    for name, content in (
        ("type", "Battery"),
        ("status", "Discharging"),
        ("power_now", "12340000"),
    ):
        (pack / name).write_text(f"{content}\n")
    monkeypatch.setenv("GREENLAB_SYSROOT", str(tmp_path))
    assert "12.3 W" in report(CPU).environment["battery"]
    (pack / "status").write_text("Charging\n")
    assert "not in use" in report(CPU).environment["battery"]
    (pack / "type").write_text("Mains\n")
    assert "battery" not in report(CPU).environment
