"""Which NVIDIA GPUs `CUDA_VISIBLE_DEVICES` leaves to this kernel, as CUDA reads it.

CUDA numbers GPUs by speed unless `CUDA_DEVICE_ORDER` is PCI_BUS_ID, NVML by their place on the
bus (CUDA C Programming Guide, environment variables). GPUs of one kind keep their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from greenlab.sensors.gpu import mig

if TYPE_CHECKING:
    from greenlab.host.host import Host

ORDER: Final = (
    "CUDA may number these GPUs in another order than the driver, so all are looked at; "
    "CUDA_DEVICE_ORDER=PCI_BUS_ID says which are meant"
)
FIX: Final = "before Python starts: export CUDA_DEVICE_ORDER=PCI_BUS_ID"


class Chosen(NamedTuple):
    """Indices and handles of the GPUs. `lost`: the name of an instance that was not found,
    though CUDA may know it. `doubtful`: these are all GPUs, as the numbers may mean others.
    """

    handles: list[tuple[int, Any]]
    lost: str | None = None
    doubtful: bool = False


def chosen(nvml: Any, count: int, host: Host) -> Chosen:
    """Indices and the starts of UUIDs; the list ends at the first name that fits none."""
    handles = [(index, nvml.nvmlDeviceGetHandleByIndex(index)) for index in range(count)]
    text = host.visible_gpus()
    if text is None:
        return Chosen(handles)
    picked: list[tuple[int, Any]] = []
    lost, numbered = None, False
    for name in (part.strip() for part in text.split(",")):
        hits = [one for one in handles if _named(nvml, *one, name)]
        if len(hits) != 1:
            lost = name if name.startswith(mig.PREFIX) else None
            break
        numbered = numbered or name.isdigit()
        picked += [hit for hit in hits if hit not in picked]
    if numbered and len(picked) < count and _order_unknown(nvml, handles, host):
        return Chosen(handles, lost, doubtful=True)
    return Chosen(picked, lost)


def _named(nvml: Any, index: int, handle: Any, name: str) -> bool:
    """Whether a name means a GPU: its number, its UUID's start, an instance that it holds."""
    if name.startswith("GPU-"):
        return _uuid(nvml, handle, name)
    if name.startswith(mig.PREFIX):
        return mig.holds(nvml, handle, name)
    return name == str(index)


def name_of(nvml: Any, handle: Any) -> str | None:
    """A GPU's name, `None` if the driver does not report."""
    try:
        return _text(nvml.nvmlDeviceGetName(handle))
    except nvml.NVMLError:
        return None


def _order_unknown(nvml: Any, handles: list[tuple[int, Any]], host: Host) -> bool:
    kinds = {name_of(nvml, handle) for _, handle in handles}
    return len(kinds) > 1 and host.variable("CUDA_DEVICE_ORDER") != "PCI_BUS_ID"


def _uuid(nvml: Any, handle: Any, start: str) -> bool:
    try:
        return _text(nvml.nvmlDeviceGetUUID(handle)).startswith(start)
    except nvml.NVMLError:
        return False


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
