"""Ways to open RAPL: those that fit, and that what they say works as far as it can be run."""

import dataclasses
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from greenlab.sensors import discover, permissions
from tests.simulated import Constant, Machine, Package
from tests.simulated.devices import add_power_events


def closed(**kwargs):
    machine = Machine(packages=[Package(Constant(40.0))], **kwargs)
    machine.packages[0].faults.denied = True
    return machine


def fitting(machine):
    return {way.place for way in permissions.fitting(machine, discover(machine)[0])}


def test_only_what_fits_the_place():
    machine = closed()
    assert fitting(machine) == {"machine"}
    machine.files["/run/systemd/system/x"] = ""
    assert fitting(machine) == {"machine", "systemd"}
    machine.is_container = True
    assert fitting(machine) == {"container"}
    machine.variables["JUPYTERHUB_API_URL"] = "http://hub:8081"
    assert fitting(machine) == {"container", "dockerspawner"}
    machine.variables["KUBERNETES_SERVICE_HOST"] = "10.0.0.1"
    assert fitting(machine) == {"kubernetes"}


def test_a_container_that_hides_them_counts_as_closed():
    machine = Machine()
    machine.is_container = True
    assert fitting(machine) == {"container"}


def test_nothing_where_nothing_is_closed_or_nothing_helps():
    assert not fitting(Machine(packages=[Package(Constant(40.0))]))
    assert not fitting(Machine(guest=True))
    assert not fitting(Machine(vendor="0x41"))
    machine = closed()
    add_power_events(machine, [Constant(40.0)])  # perf measures the same
    assert not fitting(machine)


def test_every_place_has_a_way_and_every_way_a_place():
    machine = closed()
    machine.files["/run/systemd/system/x"] = ""
    seen = fitting(machine)
    machine.is_container = True
    machine.variables["JUPYTERHUB_API_URL"] = "x"
    seen |= fitting(machine)
    machine.variables["KUBERNETES_SERVICE_HOST"] = "x"
    assert seen | fitting(machine) == {way.place for way in permissions.WAYS}


SHELL = [way for way in permissions.WAYS if way.place in ("machine", "systemd", "container")]
PYTHON = [
    way for way in permissions.WAYS if way.place not in ("machine", "systemd", "container")
]


@pytest.mark.parametrize("way", SHELL, ids=lambda way: way.title)
def test_the_commands_are_good_shell(way):
    script = "\n".join(way.lines)
    assert (
        subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True).stderr == ""
    )


@pytest.mark.parametrize("way", PYTHON, ids=lambda way: way.title)
def test_the_settings_are_good_python(way):
    from traitlets.config import Config

    config = Config()
    config.KubeSpawner.volumes = [{"name": "home"}]
    exec("\n".join(way.lines), {"c": config, "GID": 1500})
    if way.place == "kubernetes":
        names = [volume["name"] for volume in config.KubeSpawner.volumes]
        assert names == ["home", "powercap-class", "powercap"]
        assert config.KubeSpawner.supplemental_gids == [1500]


def test_the_links_hold_below_host(tmp_path):
    """/sys/class/powercap holds links into /sys/devices/virtual: shown both below /host, they
    still lead there.
    """
    zone = tmp_path / permissions.DEVICES.lstrip("/") / "intel-rapl/intel-rapl:0"
    zone.mkdir(parents=True)
    (zone / "name").write_text("package-0\n")
    links = tmp_path / "sys/class/powercap"
    links.mkdir(parents=True)
    (links / "intel-rapl:0").symlink_to(
        "../../devices/virtual/powercap/intel-rapl/intel-rapl:0"
    )
    for here, there in permissions._MOUNTS.items():
        shutil.copytree(
            tmp_path / here.lstrip("/"), tmp_path / "in" / there.lstrip("/"), symlinks=True
        )
    found = tmp_path / "in/host/sys/class/powercap/intel-rapl:0/name"
    assert found.read_text() == "package-0\n"


def test_the_rule_matches_zones_and_nothing_else():
    (rule,) = [
        line for way in permissions.WAYS for line in way.lines if line.startswith("SUBSYSTEM")
    ]
    (pattern,) = re.findall(r'KERNEL=="([^"]+)"', rule)
    import fnmatch

    assert all(fnmatch.fnmatch(zone, pattern) for zone in ("intel-rapl:0", "intel-rapl:0:1"))
    assert not fnmatch.fnmatch("intel-rapl", pattern)


def test_the_docs_name_the_shortest_way():
    docs = Path(__file__).parents[2].joinpath("docs/sensors.md").read_text()
    assert permissions.ALLOW in docs
    assert permissions.HOST_POWERCAP in docs


def test_a_denied_gpu_does_not_make_rapl_closed():
    machine = Machine(packages=[Package(Constant(40.0))])
    statuses = [dataclasses.replace(s, present=True) for s in discover(machine)[0]]
    assert not permissions.fitting(machine, statuses)
