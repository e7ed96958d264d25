"""What the wheel and its build are made of."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("lock", ["yarn.lock", "tests/ui/yarn.lock"])
def test_yarn_lock_holds_no_addresses(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "checksum" in text
    assert re.findall(r"https?:|__archiveUrl", text) == []


def test_the_extension_is_built_where_the_wheel_takes_it_from():
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    output = package["jupyterlab"]["outputDir"]
    assert f'"{output}" = "share/jupyter/labextensions/{package["name"]}"' in pyproject
    install = json.loads((ROOT / "src" / "install.json").read_text(encoding="utf-8"))
    assert install["packageName"] == package["name"]
    assert f'name = "{package["name"]}"' in pyproject


def test_the_panel_asks_the_front_end_for_the_versions_it_was_written_for():
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    asked = {
        name: shared["requiredVersion"]
        for name, shared in package["jupyterlab"]["sharedPackages"].items()
    }
    imported = {
        name: version
        for name, version in package["dependencies"].items()
        if name.startswith(("@jupyterlab/", "@codemirror/"))
        and name != "@jupyterlab/services"  # its types only
    }
    assert asked == imported
