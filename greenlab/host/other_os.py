"""What Windows and macOS report about a machine: its processor's name, whether it is a guest.

`platform.processor()` gives the architecture there, which no table of processors knows.
Windows: the registry, as `systeminfo` shows it. macOS: sysctl(3), `machdep.cpu.brand_string`
and `kern.hv_vmm_present`. Each takes microseconds and starts no process.
"""

from __future__ import annotations

import ctypes
import platform
import sys

_CPU_KEY = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
_BIOS_KEY = r"HARDWARE\DESCRIPTION\System\BIOS"


def cpu_name() -> str:
    """The processor's name, the architecture where the system does not report it."""
    name = ""
    if sys.platform == "win32":
        name = _registry(_CPU_KEY, "ProcessorNameString")
    elif sys.platform == "darwin":
        name = _sysctl("machdep.cpu.brand_string").rstrip(b"\0").decode("utf-8", "replace")
    return name.strip() or platform.processor() or platform.machine()


def maker() -> tuple[str, str]:
    """Vendor and product by the firmware's tables (Windows); empty where not reported."""
    if sys.platform == "win32":
        return (
            _registry(_BIOS_KEY, "SystemManufacturer"),
            _registry(_BIOS_KEY, "SystemProductName"),
        )
    return "", ""


def says_guest() -> bool:
    """Whether the system itself says that it is a guest (macOS)."""
    return sys.platform == "darwin" and any(_sysctl("kern.hv_vmm_present"))


def _registry(key: str, name: str) -> str:
    if sys.platform != "win32":
        return ""
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as folder:
            value, _ = winreg.QueryValueEx(folder, name)
    except OSError:
        return ""
    return str(value)


def _sysctl(name: str) -> bytes:
    """A value of at most 256 bytes, empty if there is none."""
    try:
        ask = ctypes.CDLL(None).sysctlbyname
    except (AttributeError, OSError, TypeError):
        return b""
    buffer, size = ctypes.create_string_buffer(256), ctypes.c_size_t(256)
    failed = ask(name.encode(), buffer, ctypes.byref(size), None, ctypes.c_size_t(0))
    return b"" if failed else buffer.raw[: size.value]
