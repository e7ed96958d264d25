import json

import pytest

from greenlab import doctor
from greenlab.carbon import resolve
from greenlab.record import DoctorReport, SensorStatus, from_dict

CPU = SensorStatus("rapl", "cpu", True, True, "measured", "package 0")
MODEL = SensorStatus("cpu-model", "cpu", True, False, "modelled", "model, 8 cores")
RAM = SensorStatus("ram-model", "ram", True, True, "assumed", "model, 16 GB")
NO_GPU = SensorStatus(
    "nvml", "gpu", False, False, "missing", "counter", "no NVIDIA driver is installed"
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
    return doctor.examine(sensors, resolve(zone))


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
    assert doctor.complete(report(*sensors)) is complete


def test_a_grid_without_a_figure_is_not_complete():
    assert not doctor.complete(report(CPU, RAM, zone="Atlantis"))
    assert "Atlantis" in doctor.text(report(CPU, RAM, zone="Atlantis"))


def test_the_text_says_why_and_what_mends_it():
    text = doctor.text(report(CLOSED, MODEL, RAM, BROKEN_GPU))
    assert "only root may read it" in text
    assert "to mend it: sudo chmod ..." in text
    assert "to mend it: nvidia-smi" in text
    assert "No figures for: CPU, GPU." in text
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
    assert code == code_json == (0 if doctor.complete(found) else 1)
    assert {"greenlab", "python", "platform", "virtualisation", "ledger"} <= set(
        found.environment
    )


def test_trouble_with_the_ledger_is_told(greenlab, own_ledger):
    own_ledger.write_text("this is no database, but a text file of some length" * 20)
    _, out, _ = greenlab("doctor", "--json")
    assert "damaged" in json.loads(out)["environment"]["warning 1"]
