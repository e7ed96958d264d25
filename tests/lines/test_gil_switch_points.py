"""Known work on every Python that is on this machine: which line a late sample is about."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROBE = Path(__file__).with_name("probe.py")


def pythons():
    """This Python, and others from 3.11 on, each version once."""
    found = {sys.version_info[:2]: sys.executable}
    names = [shutil.which(f"python3.{minor}") for minor in range(11, 16)]
    folders = sorted((Path.home() / ".pyenv" / "versions").glob("3.1[1-9].*/bin/python"))
    for path in [*filter(None, names), *map(str, folders)]:
        code = "import sys; print(*sys.version_info[:2])"
        done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
        version = tuple(map(int, done.stdout.split())) if done.returncode == 0 else ()
        if version >= (3, 11):
            found.setdefault(version, path)
    return [pytest.param(path, id=".".join(map(str, key))) for key, path in found.items()]


@pytest.mark.parametrize("python", pythons())
def test_late_samples_name_the_line_that_took_the_time(python):
    done = subprocess.run(
        [python, str(PROBE)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    parts = json.loads(done.stdout)
    for name in ("call", "operator", "operator before a function", "method"):
        assert parts[name] > 0.6, parts
    for name in ("first", "second", "third"):
        assert 0.15 < parts[name] < 0.55, parts
