import json
import os
import sys
from pathlib import Path

import pytest

import greenlab
from greenlab.cellcode.library_files import is_installed


@pytest.mark.parametrize(
    "file",
    [
        json.__file__,
        os.__file__,
        pytest.__file__,
        greenlab.__file__,
        str(Path(sys.prefix) / ("Scripts" if os.name == "nt" else "bin") / "pytest"),
        "/usr/lib/python3/dist-packages/numpy/core.py",
    ],
)
def test_python_packages_programs_and_greenlab_are_installed(file):
    assert is_installed(file)


def test_a_file_of_the_users_is_not(tmp_path):
    assert not is_installed(str(tmp_path / "train.py"))
    # A folder that only begins like one of Python's.
    assert not is_installed(str(Path(json.__file__).parents[1]) + "-mine/train.py")
