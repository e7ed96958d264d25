"""Every room of the house has its place in the contract of imports."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINT = (
    "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
)


@pytest.fixture
def house(tmp_path):
    """A copy of the package and its contracts."""
    ignored = shutil.ignore_patterns("__pycache__", "labextension")
    shutil.copytree(ROOT / "greenlab", tmp_path / "greenlab", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(house):
    """The exit code and what is said of the house as it stands."""
    done = subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=house,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(house)},
    )
    return done.returncode, done.stdout + done.stderr


def test_a_new_room_fails_until_it_is_listed(house):
    code, says = lint(house)
    assert code == 0, says
    (house / "greenlab" / "attic").mkdir()
    (house / "greenlab" / "attic" / "__init__.py").write_text("import greenlab.cli\n")
    code, says = lint(house)
    assert code == 1, says
    assert "attic" in says
    contracts = house / "pyproject.toml"
    text = contracts.read_text()
    contracts.write_text(text.replace('"notebook | cli",', '"attic",\n  "notebook | cli",'))
    code, says = lint(house)
    assert code == 0, says


def test_an_upward_import_fails(house):
    (house / "greenlab" / "carbon" / "upward.py").write_text("import greenlab.session\n")
    code, says = lint(house)
    assert code == 1, says
    assert "greenlab.carbon.upward -> greenlab.session" in says
