"""Loading by a page, without a cell: what the panel's button and "load in every kernel" send."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebook.kernel import Kernel

ROOT = Path(__file__).resolve().parents[2]
MARK = "from pathlib import Path\nPath({ran!r}).open('a').write(__name__ + '\\n')\n"


def load_code(*, needed):
    """As `loadCode` in `src/kernel/loadExtension.ts` makes it."""
    source = (ROOT / "src" / "kernel" / "loadExtension.ts").read_text(encoding="utf-8")
    script = source.split("String.raw`")[1].split("`;")[0]
    return f"exec({json.dumps(script)}, {{'_shell': get_ipython(), '_needed': {needed}}})"


def load(kernel, *, needed=False):
    return kernel.run(load_code(needed=needed), silent=True, store_history=False)


@pytest.fixture
def kernel_in(own_ledger, monkeypatch):
    """Starts a kernel in a folder, as Jupyter's server starts it in the notebook's."""
    kernels = []

    def start(folder, **env):
        monkeypatch.chdir(folder)
        kernels.append(Kernel({**os.environ, **env}))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.stop()


def is_loaded(kernel):
    return kernel.eval("'greenlab' in get_ipython().extension_manager.loaded")


def test_a_page_loads_it_and_leaves_no_names(kernel_in, tmp_path):
    kernel = kernel_in(tmp_path)
    before = kernel.eval("sorted(globals())")
    path = kernel.eval("__import__('sys').path")
    assert load(kernel, needed=True).status == "ok"
    assert is_loaded(kernel)
    assert set(kernel.eval("sorted(globals())")) - set(before) <= {"_j"}
    assert kernel.eval("__import__('sys').path") == path


@pytest.mark.parametrize("form", ["greenlab.py", "greenlab/__init__.py", "greenlab/x.py"])
@pytest.mark.parametrize("needed", [False, True])
def test_a_file_of_that_name_in_the_folder_is_not_run(kernel_in, tmp_path, form, needed):
    ran = tmp_path / "ran"
    folder = tmp_path / "stranger"
    (folder / form).parent.mkdir(parents=True)
    (folder / form).write_text(MARK.format(ran=str(ran)))
    kernel = kernel_in(folder)
    assert load(kernel, needed=needed).status == "ok"
    assert kernel.eval("__import__('greenlab').__file__") == str(ROOT / "greenlab/__init__.py")
    assert is_loaded(kernel)
    assert not ran.exists()


def test_a_strangers_module_that_a_cell_imported_is_not_loaded(kernel_in, tmp_path):
    (tmp_path / "greenlab.py").write_text("def load_ipython_extension(shell): shell.got = 1\n")
    kernel = kernel_in(tmp_path)
    kernel.run("import greenlab")
    assert load(kernel).content["ename"] == "ImportError"
    assert not kernel.eval("hasattr(get_ipython(), 'got')")


def test_nothing_else_of_the_folder_is_run_by_it(kernel_in, tmp_path):
    """Every module that a loaded greenlab imports has a namesake in the folder."""
    listing = (
        "import json, sys; before = set(sys.modules); import greenlab.notebook.extension; "
        "print(json.dumps(sorted({name.split('.')[0] for name in set(sys.modules) - before})))"
    )
    imported = json.loads(
        subprocess.run(
            [sys.executable, "-c", listing], capture_output=True, check=True, text=True
        ).stdout
    )
    lazily = [
        "comm",
        "difflib",
        "sqlite3",
        "psutil",
        "csv",
        "pynvml",
        "json5",
        "numpy",
        "torch",
    ]
    ran = tmp_path / "ran"
    folder = tmp_path / "stranger"
    folder.mkdir()
    kernel = kernel_in(folder)
    for name in {*imported, *lazily}:
        (folder / f"{name}.py").write_text(MARK.format(ran=str(ran)))
    load(kernel)
    kernel.sync()
    (opened,) = [m for m in kernel.comms if m["msg_type"] == "comm_open"]
    for zone in ("FR", "Nowhere", ""):
        data = {"type": "hello", "zone": zone, "live_power": True, "notebook": "a/b.ipynb"}
        content = {"comm_id": opened["content"]["comm_id"], "data": data}
        kernel.comm_send("comm_msg", content)
    kernel.drain(2)
    assert kernel.said("state")
    assert not ran.exists(), ran.read_text()


def test_developers_of_greenlab_load_what_they_work_on(kernel_in):
    kernel = kernel_in(ROOT)
    assert load(kernel, needed=True).status == "ok"
    assert is_loaded(kernel)


def test_where_it_is_not_installed_only_the_button_complains(kernel_in, tmp_path):
    kernel = kernel_in(tmp_path)
    kernel.run(
        "import importlib.util as _u; _found = _u.find_spec\n"
        "_u.find_spec = lambda name, *more: None if name == 'greenlab' else _found(name, *more)"
    )
    assert load(kernel, needed=False).status == "ok"
    assert not is_loaded(kernel)
    assert load(kernel, needed=True).content["ename"] == "ModuleNotFoundError"


def test_load_ext_in_a_cell_after_the_page_leaves_nothing_behind(kernel_in, tmp_path):
    kernel = kernel_in(tmp_path)
    load(kernel)
    for code in ("%load_ext greenlab", "get_ipython().run_line_magic('load_ext', 'greenlab')"):
        reply = kernel.run(code)
        assert (reply.status, reply.text) == ("ok", "")
    assert kernel.run("%unload_ext greenlab").text == ""
    assert not is_loaded(kernel)
    assert "not loaded" in kernel.run("%unload_ext greenlab").text


def test_a_cell_that_fails_before_its_load_ext_changes_nothing(kernel_in, tmp_path):
    kernel = kernel_in(tmp_path)
    load(kernel)
    kernel.run("1 / 0\n%load_ext greenlab")
    assert is_loaded(kernel)
    assert kernel.run("%unload_ext greenlab").text == ""


def test_a_page_learns_who_loaded_it_and_which_cells_ran_before(kernel_in, tmp_path):
    kernel = kernel_in(tmp_path)
    for number in range(3):
        kernel.run(f"x = {number}")
    load(kernel)
    kernel.sync()
    (opened,) = [m for m in kernel.comms if m["msg_type"] == "comm_open"]
    state = opened["content"]["data"]
    assert (state["cells_before"], state["loaded_by_page"]) == (3, True)


def test_a_cell_that_loads_it_first_leaves_none_out(kernel_in, tmp_path):
    kernel = kernel_in(tmp_path)
    kernel.run("%load_ext greenlab")
    kernel.sync()
    (opened,) = [m for m in kernel.comms if m["msg_type"] == "comm_open"]
    state = opened["content"]["data"]
    assert (state["cells_before"], state["loaded_by_page"]) == (0, False)


def test_the_lab_settings_of_the_user_hold_for_the_first_cell(kernel_in, tmp_path):
    folder = tmp_path / "settings" / "jupyterlab-greenlab"
    folder.mkdir(parents=True)
    (folder / "plugin.jupyterlab-settings").write_text(
        '{\n  // Grid zone, "as" typed\n  /* a // b */ "zone": "FR", // France\n}\n'
    )
    kernel = kernel_in(tmp_path, JUPYTERLAB_SETTINGS_DIR=str(tmp_path / "settings"))
    kernel.run("%load_ext greenlab")
    kernel.run("x = 1")
    (record,) = kernel.records()
    assert (record["intensity"]["zone"], record["intensity"]["instead_of"]) == ("FR", None)
