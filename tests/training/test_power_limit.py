"""Zeus itself, on a driver whose limits are a variable; Python ends for real."""

import importlib.util
import json
import subprocess
import sys

import pytest

from greenlab.training import power_limit_search

DRIVER = """
import atexit, json, sys, time
import pynvml
limits_w, allowed = [250], json.loads(sys.argv[1])
fakes = {
    "nvmlInit": lambda: None,
    "nvmlDeviceGetCount": lambda: 1,
    "nvmlDeviceGetHandleByIndex": lambda index: index,
    "nvmlDeviceGetName": lambda gpu: "Test GPU",
    "nvmlDeviceGetArchitecture": lambda gpu: pynvml.NVML_DEVICE_ARCH_VOLTA,
    "nvmlDeviceGetTotalEnergyConsumption": lambda gpu: int(time.monotonic() * 1e5),
    "nvmlDeviceGetPowerManagementLimitConstraints": lambda gpu: (100_000, 300_000),
    "nvmlDeviceGetPowerManagementLimit": lambda gpu: 1000 * limits_w[-1],
    "nvmlDeviceGetPersistenceMode": lambda gpu: 0,
}
def c2c(gpu):
    raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
def privileged(change):
    def call(gpu, value):
        if not allowed:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NO_PERMISSION)
        change(value)
    return call
fakes["nvmlDeviceGetC2cModeInfoV"] = c2c
fakes["nvmlDeviceSetPersistenceMode"] = privileged(lambda value: None)
fakes["nvmlDeviceSetPowerManagementLimit"] = privileged(
    lambda value: limits_w.append(value // 1000)
)
for name, fake in fakes.items():
    setattr(pynvml, name, fake)
atexit.register(lambda: print(json.dumps(limits_w)))
import torch
sys.modules["bitsandbytes"] = None  # transformers loads it where there is a GPU
torch.cuda.is_available, torch.cuda.synchronize = (lambda: True), (lambda device=None: None)

from greenlab.training import power_limit_search
"""

SEARCH = """
with power_limit_search(
    [0], wait_steps=0, warmup_steps=1, profile_steps=2, pl_step=100, max_slowdown=100
) as search:
    for _ in range(20):
        search.on_step_begin()
        time.sleep(0.002)
    print(json.dumps(limits_w))
print(json.dumps(limits_w))
with power_limit_search([0]):
    raise KeyError("mine")
"""


def run(script, *, allowed=True):
    done = subprocess.run(
        [sys.executable, "-c", DRIVER + script, json.dumps(allowed)],
        capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.splitlines(), done.stderr


needs_zeus = pytest.mark.skipif(
    importlib.util.find_spec("zeus") is None or importlib.util.find_spec("torch") is None,
    reason="zeus or torch is not installed",
)


@needs_zeus
def test_the_limit_is_put_back_after_the_block_an_error_and_the_end_of_python():
    (inside, after, at_exit), errors = run(SEARCH)
    assert "KeyError: 'mine'" in errors
    inside, after, at_exit = map(json.loads, (inside, after, at_exit))
    assert {100, 200, 300} <= set(inside)
    assert inside[-1] == 100  # any slowdown is allowed: the lowest one
    assert after[-1] == 250
    # Zeus goes to the maximum when Python ends; that is not the last word.
    assert at_exit[-1] == 250


@needs_zeus
def test_without_the_rights_it_says_which_are_needed_and_sets_nothing():
    lines, errors = run(SEARCH, allowed=False)
    assert "PermissionError" in errors
    assert "SYS_ADMIN" in errors
    assert json.loads(lines[-1]) == [250]


def test_without_zeus_it_says_what_to_install(monkeypatch):
    for name in ["zeus", *(name for name in sys.modules if name.startswith("zeus."))]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="pip install zeus"), power_limit_search():
        pass


def test_no_slowdown_below_one():
    with pytest.raises(ValueError, match="at least 1"), power_limit_search(max_slowdown=0.9):
        pass
