"""The fake of NVIDIA's library has the form of the real module, which needs no GPU to be loaded."""

import inspect

import pynvml
import pytest

from tests.simulated import FakeNvml

CALLS = [name for name in vars(FakeNvml) if name.startswith("nvml")]


@pytest.mark.parametrize("name", CALLS)
def test_a_call_takes_what_the_real_one_takes(name):
    real = inspect.signature(getattr(pynvml, name))
    fake = inspect.signature(getattr(FakeNvml, name))
    needed = [p for p in real.parameters.values() if p.default is p.empty]
    assert len(fake.parameters) - 1 == len(needed), (real, fake)


@pytest.mark.parametrize("name", [name for name in vars(FakeNvml) if name.startswith("NVML_")])
def test_a_constant_is_the_real_one(name):
    assert getattr(FakeNvml, name) == getattr(pynvml, name)


def test_errors_carry_a_code_and_words():
    error = pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)
    fake = FakeNvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)
    assert error.value == fake.value == pynvml.NVML_ERROR_GPU_IS_LOST
    assert str(error) == str(fake)
