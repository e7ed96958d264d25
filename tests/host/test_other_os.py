"""Windows and macOS: simulated answers of the registry and of sysctl."""

import sys
import types

import psutil  # noqa: F401  before the tests pretend another system, which it looks at
import pytest

from greenlab.sensors import discover
from greenlab.host import other_os
from greenlab.host.machine import look
from tests.simulated import Machine
from tests.simulated.devices import Mac


@pytest.fixture
def windows(monkeypatch):
    values = {
        "ProcessorNameString": "Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz  ",
        "SystemManufacturer": "LENOVO",
        "SystemProductName": "20KH",
    }

    class Key:
        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

    def query(key, name):
        if name not in values:
            raise FileNotFoundError(2, name)
        return values[name], 1

    registry = types.SimpleNamespace(
        HKEY_LOCAL_MACHINE=0, OpenKey=lambda root, key: Key(), QueryValueEx=query
    )
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(other_os.sys, "platform", "win32")
    return values


class Windows(Machine):
    linux = False


def test_on_windows_the_processor_is_known_by_name(windows):
    statuses, sources = discover(Windows())
    cpu = next(source for source in sources if source.kind == "cpu")
    assert cpu.tier == "modelled"
    assert "i7-8550U" in cpu.device
    rapl = next(status for status in statuses if status.name == "rapl")
    assert "Linux only" in rapl.reason
    assert not rapl.present


def test_a_guest_on_windows_is_recognised(windows):
    windows |= {"SystemManufacturer": "Microsoft Corporation", "SystemProductName": "Virtual"}
    assert look(Windows()).guest
    windows["SystemProductName"] = "Surface Laptop 5"
    assert not look(Windows()).guest


def test_without_registry_values_there_is_a_name_all_the_same(windows):
    windows.clear()
    assert look(Windows()).name
    assert not look(Windows()).guest


def serve_sysctl(monkeypatch, values):
    def ask(name, buffer, size, new, length):
        value = values.get(name.decode())
        if value is None:
            return -1
        buffer[: len(value)] = value
        size._obj.value = len(value)
        return 0

    monkeypatch.setattr(other_os.sys, "platform", "darwin")
    monkeypatch.setattr(
        other_os.ctypes, "CDLL", lambda name: types.SimpleNamespace(sysctlbyname=ask)
    )


def test_on_macos(monkeypatch):
    serve_sysctl(monkeypatch, {"machdep.cpu.brand_string": b"Apple M2 Pro\0",
                               "kern.hv_vmm_present": b"\0\0\0\0"})  # fmt: skip
    machine = look(Mac())
    assert machine.name == "Apple M2 Pro"
    assert not machine.guest


def test_a_guest_on_macos_says_so(monkeypatch):
    serve_sysctl(monkeypatch, {"kern.hv_vmm_present": b"\1\0\0\0"})
    machine = look(Mac())
    assert machine.guest
    assert machine.name
