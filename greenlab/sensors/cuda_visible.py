"""Which NVIDIA GPUs this kernel may use, by `CUDA_VISIBLE_DEVICES`.

CUDA numbers GPUs by its guess of their speed unless `CUDA_DEVICE_ORDER` is `PCI_BUS_ID`; the
driver numbers them by their place on the bus (CUDA C++ Programming Guide, "CUDA Environment
Variables"). Among GPUs of different kinds a number then does not tell which one is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from greenlab.sensors import mig

if TYPE_CHECKING:
    from greenlab.sensors.host import Host

ORDER: Final = "CUDA_DEVICE_ORDER"


class Visible(NamedTuple):
    """Indices and handles of the GPUs to weigh. `lost`: the name of an instance that was not
    found, though CUDA may know it; `unsure`: they are all of them, as the numbers do not tell.
    """

    gpus: list[tuple[int, Any]]
    lost: str | None = None
    unsure: bool = False


def visible(host: Host, nvml: Any, count: int) -> Visible:
    """What the variable names, as CUDA reads it: indices and the starts of UUIDs; the list ends
    at the first name that fits none.
    """
    gpus = [(index, nvml.nvmlDeviceGetHandleByIndex(index)) for index in range(count)]
    chosen = host.visible_gpus()
    if chosen is None:
        return Visible(gpus)
    picked: list[tuple[int, Any]] = []
    numbered = False
    lost = None
    for name in (part.strip() for part in chosen.split(",")):
        hits = [
            (index, gpu)
            for index, gpu in gpus
            if name == str(index)
            or (name.startswith("GPU-") and _has_uuid(nvml, gpu, name))
            or (name.startswith(mig.PREFIX) and mig.holds(nvml, gpu, name))
        ]
        if len(hits) != 1:
            lost = name if name.startswith(mig.PREFIX) else None
            break
        numbered = numbered or name.isdigit()
        picked += [hit for hit in hits if hit not in picked]
    if numbered and len(picked) < count and _ordered_by_speed(host, nvml, gpus):
        return Visible(gpus, lost, unsure=True)
    return Visible(picked, lost)


def text_of(value: str | bytes) -> str:
    """NVML's strings, which older modules give as bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _ordered_by_speed(host: Host, nvml: Any, gpus: list[tuple[int, Any]]) -> bool:
    """Whether CUDA's numbers may differ from the driver's: GPUs of one kind are as fast."""
    if host.variable(ORDER) == "PCI_BUS_ID":
        return False
    try:
        return len({text_of(nvml.nvmlDeviceGetName(gpu)) for _, gpu in gpus}) > 1
    except nvml.NVMLError:
        return len(gpus) > 1


def _has_uuid(nvml: Any, gpu: Any, start: str) -> bool:
    try:
        return text_of(nvml.nvmlDeviceGetUUID(gpu)).startswith(start)
    except nvml.NVMLError:
        return False
