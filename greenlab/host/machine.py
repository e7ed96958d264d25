"""What kind of machine this is: its CPU, whether it is a guest, its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenlab.host.cpu_family_power import arm_name
from greenlab.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from greenlab.host.host import Host

_VIRTUAL_VENDORS = (
    "qemu", "kvm", "vmware", "innotek", "virtualbox", "xen", "microsoft corporation",
    "amazon ec2", "google", "parallels", "openstack", "digitalocean", "hetzner", "bochs",
)  # fmt: skip
_METAL = ("surface", ".metal")


@dataclass(frozen=True, slots=True)
class Machine:
    """`threads`: hardware threads that can be seen here; `sockets`: CPU packages.

    `family`, `model`, `stepping`: as x86 numbers them; on Arm `vendor` is the implementer and
    `model` the part of the first core listed ("0x41", 0xd0c); 0 if not known, as
    `memory_bytes`.
    """

    name: str
    vendor: str
    family: int
    model: int
    threads: int
    sockets: int
    guest: bool
    memory_bytes: int
    stepping: int = 0


def look(host: Host) -> Machine:
    """This machine, from /proc/cpuinfo, /proc/meminfo and the firmware's tables."""
    if not host.linux:
        return _elsewhere(host)
    text = host.read_text("/proc/cpuinfo") or ""
    first: dict[str, str] = {}
    packages, threads = set(), 0
    for line in text.splitlines():
        key, _, value = line.partition(":")
        key, value = key.strip(), value.strip()
        first.setdefault(key, value)
        if key == "processor":
            threads += 1
        elif key == "physical id":
            packages.add(value)
    vendor = first.get("vendor_id") or first.get("CPU implementer", "")
    model = _int(first.get("model") or first.get("CPU part"))
    return Machine(
        name=(first.get("model name") or _arm_name(host, vendor, model)).strip("\0 "),
        vendor=vendor,
        family=_int(first.get("cpu family")),
        model=model,
        threads=threads or host.cpu_count(),
        sockets=len(packages) or 1,
        guest=_is_guest(host, first.get("flags", "")),
        memory_bytes=_memory_bytes(host),
        stepping=_int(first.get("stepping")),
    )


def _arm_name(host: Host, implementer: str, part: int) -> str:
    system = host.read_text("/sys/class/dmi/id/sys_vendor") or ""
    board = host.read_text("/proc/device-tree/model") or ""
    return arm_name(_int(implementer), part, system) or board


def _is_guest(host: Host, flags: str) -> bool:
    if "hypervisor" in flags.split() or host.read_text("/sys/hypervisor/type"):
        return True
    return _virtual(
        host.read_text("/sys/class/dmi/id/sys_vendor") or "",
        host.read_text("/sys/class/dmi/id/product_name") or "",
    )


def _virtual(vendor: str, product: str) -> bool:
    vendor, product = vendor.lower(), product.lower()
    if any(word in product for word in _METAL):
        return False
    return any(word in vendor or word in product for word in _VIRTUAL_VENDORS)


def _memory_bytes(host: Host) -> int:
    for line in (host.read_text("/proc/meminfo") or "").splitlines():
        if line.startswith("MemTotal:"):
            return _int("".join(line.split()[1:2])) * 1024
    return 0


def _elsewhere(host: Host) -> Machine:
    import psutil

    from greenlab.host import other_os

    count = host.cpu_count()
    return Machine(
        name=other_os.cpu_name(),
        vendor="",
        family=0,
        model=0,
        threads=count,
        sockets=1,
        guest=other_os.says_guest() or _virtual(*other_os.maker()),
        memory_bytes=int(psutil.virtual_memory().total),
    )


def _int(text: str | None) -> int:
    try:
        return int(text or "0", 0)
    except ValueError:
        return 0
