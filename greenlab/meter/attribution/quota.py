"""The part of the machine that is set aside for this kernel: quotas over what there is.

Idle energy follows it: SCI (ISO/IEC 21031) counts "all energy consumed by hardware reserved
or provisioned". On a machine of one's own it is 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenlab.host.machine import look
from greenlab.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greenlab.host.host import Host

_ROOT = "/sys/fs/cgroup"


@dataclass(frozen=True, slots=True)
class Reserved:
    """Fractions 0 to 1 of the machine's CPUs and of its memory."""

    cpu: float
    ram: float


def reserved(host: Host) -> Reserved:
    """What cgroup quotas (v1 and v2) and CPU affinity leave to this process."""
    if not host.linux:
        return Reserved(1.0, 1.0)
    cpus = host.cpu_count()
    granted = [float(host.affinity()), *_cpu_quotas(host)]
    memory = look(host).memory_bytes
    limits = [limit for limit in _memory_limits(host) if 0 < limit < memory]
    return Reserved(
        cpu=min(1.0, max(0.0, min(granted)) / cpus),
        ram=min(limits) / memory if limits else 1.0,
    )


def _folders(host: Host, controller: str) -> Iterator[str]:
    """The cgroup folders that govern this process, own first; v2 has one tree for all."""
    for line in (host.read_text("/proc/self/cgroup") or "").splitlines():
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if names == "":
            base = _ROOT
        elif controller in names.split(","):
            base = f"{_ROOT}/{controller}"
        else:
            continue
        path = path.strip("/")
        while path:
            yield f"{base}/{path}"
            path = path.rpartition("/")[0]
        yield base


def _cpu_quotas(host: Host) -> Iterator[float]:
    for folder in _folders(host, "cpu"):
        v2 = (host.read_text(f"{folder}/cpu.max") or "").split()
        if len(v2) == 2 and v2[0].isdigit() and int(v2[1]):
            yield int(v2[0]) / int(v2[1])
        quota = host.read_text(f"{folder}/cpu.cfs_quota_us") or ""
        period = host.read_text(f"{folder}/cpu.cfs_period_us") or ""
        if quota.isdigit() and period.isdigit() and int(quota) and int(period):
            yield int(quota) / int(period)


def _memory_limits(host: Host) -> Iterator[int]:
    for folder in _folders(host, "memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            text = host.read_text(f"{folder}/{name}") or ""
            if text.isdigit():
                yield int(text)
