"""NVIDIA's module `pynvml` with one GPU before Volta, which shows its power and no energy.

Put this folder first on `sys.path`: every process then sees the same GPU, since its power
follows from the system's monotonic clock alone. The file that `GREENLAB_SERVED_NVML` names
holds, as doubles, a square wave (low W, high W, period s, duty, where it begins) and how often
the reading is made anew, which is the mean since the time before. All else is the real module.
"""

# ruff: noqa: ARG001, F821, N802, N816

import importlib.metadata
import importlib.util
import mmap
import os
import struct
import sys
import time
from pathlib import Path
from types import SimpleNamespace

_files = importlib.metadata.files("nvidia-ml-py") or ()
_real = next(Path(file.locate()) for file in _files if file.name == "pynvml.py")
_spec = importlib.util.spec_from_file_location("_real_pynvml", _real)
_module = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _module
_spec.loader.exec_module(_module)
globals().update({name: value for name, value in vars(_module).items() if name[:2] != "__"})

FORM = struct.Struct("6d")
LIMIT_W = 250
_NOISE_W = 0.3

with Path(os.environ["GREENLAB_SERVED_NVML"]).open("rb") as _file:
    _shared = mmap.mmap(_file.fileno(), FORM.size, prot=mmap.PROT_READ)


def _joules(t, wave):
    low, high, period_s, duty, begin = wave
    turns, rest = divmod(t - begin, period_s)
    on = duty * period_s
    whole = turns * (high * on + low * (period_s - on))
    return whole + high * min(rest, on) + low * max(0.0, rest - on)


def nvmlDeviceGetPowerUsage(handle):
    *wave, update_s = FORM.unpack_from(_shared)
    number = time.monotonic() // update_s
    end = number * update_s
    mean_w = (_joules(end, wave) - _joules(end - update_s, wave)) / update_s
    # A real reading is never twice the same.
    return round(1e3 * (mean_w + _NOISE_W * ((number * 0.618034) % 1.0 - 0.5)))


def nvmlDeviceGetFieldValues(handle, fields):
    field = fields[0][0] if isinstance(fields[0], tuple) else fields[0]
    if field != NVML_FI_DEV_POWER_INSTANT:
        return [SimpleNamespace(nvmlReturn=NVML_ERROR_NOT_SUPPORTED)]
    value = SimpleNamespace(uiVal=nvmlDeviceGetPowerUsage(handle))
    return [SimpleNamespace(nvmlReturn=0, value=value)]


def nvmlInit():
    pass


def nvmlShutdown():
    pass


def nvmlDeviceGetCount():
    return 1


def nvmlDeviceGetHandleByIndex(index):
    return index


def nvmlDeviceGetName(handle):
    return "Tesla P100-PCIE-16GB"


def nvmlDeviceGetUUID(handle):
    return "GPU-served"


def nvmlDeviceGetArchitecture(handle):
    return NVML_DEVICE_ARCH_PASCAL


def nvmlDeviceGetPowerManagementLimitConstraints(handle):
    return [125_000, LIMIT_W * 1000]


def nvmlDeviceGetEnforcedPowerLimit(handle):
    return LIMIT_W * 1000


def nvmlDeviceGetComputeRunningProcesses(handle):
    return []


def _not_supported(*_):
    raise NVMLError(NVML_ERROR_NOT_SUPPORTED)


nvmlDeviceGetTotalEnergyConsumption = nvmlDeviceGetC2cModeInfoV = _not_supported
nvmlDeviceGetMigMode = nvmlDeviceGetProcessUtilization = nvmlDeviceGetSamples = _not_supported
nvmlDeviceGetMemoryInfo = _not_supported
