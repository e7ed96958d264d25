import functools
import math
import os
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

from greenlab.proof import judge

from tests.proof import workload

SPACE = {
    "np": np,
    "os": os,
    "math": math,
    "x": np.ones(3),
    "NAME": "out.npy",
    "Path": Path,
    "RELATIVE": Path("p.npy"),
    "SOMEWHERE": Path("/tmp/a"),
    "rows": iter([1, 2]),
    "kept": [],
    "program": workload.Holder(subprocess),
    "append": [].append,
    "spin": workload.spin,
    "workload": workload,
    "holder": workload.Holder([np.ones(2)]),
}

PURE = [
    "y = np.exp(x).sum()",
    "[math.sqrt(v) for v in range(9)]",
    "print(sorted(x.tolist()))",
    "np.dot(x, x) + x.dot(x) + np.max(x, 0)",
    "list(map(str, x.astype(np.float32)))",
    "os.path.join('a', 'b')",
    "%matplotlib inline\n%config A.b = 1\ny = np.sum(x)",
    "%%time\nnp.sum(x)",
]
STATE = [
    "x[0] = 2",
    "x += 1\nholder.inner = 3",
    "del x",
    "for v in rows: pass",
    "spin(3)",
    "workload.spin(3)",
    "holder.work()",
    "workload.recurses(3)",
    "class A:\n    pass\nA().b = 1",
    "from numpy import linalg\nlinalg.svd(np.ones((2, 2)), out=None)",
    "from sklearnex.ensemble import RandomForestClassifier\nRandomForestClassifier().fit(x, x)",
    "x += 1",
    "x.sum(out=x)",
    "np.exp(x, x)",
    "np.dot(x, x, x)",
    "list(map(kept.append, range(3)))",
    "sorted(x, key=kept.append)",
    "list(map(append, x))",
    "list(map(np.random.shuffle, [x]))",
]
FILES = {
    "np.save('a.npy', x)": {"a.npy"},
    "np.save(NAME, x)": {"out.npy"},
    "with open('a/b.txt', mode='w') as f:\n    f.write('x')": {"a/b.txt"},
    "import json\nwith open('b.json', 'w') as f:\n    json.dump([1], f)": {"b.json"},
    "from pathlib import Path\nPath('c.txt').write_text('x')": {"c.txt"},
    "from pathlib import Path\nPath('d').mkdir()": {"d"},
    "os.makedirs('e/f')": {"e/f"},
    "import gzip\ngzip.open('g.gz', 'wb')": {"g.gz"},
    "import gzip\ngzip.open('g.gz', mode='wb')": {"g.gz"},
    "import gzip\ngzip.open(filename='g.gz', mode='wb')": {"g.gz"},
    "np.save('h/../i.npy', x)": {"i.npy"},
    "np.save(Path.cwd() / 'j.npy', x)": {"j.npy"},
    "np.save(str(Path.cwd().joinpath('k', 'l.npy')), x)": {"k/l.npy"},
    "np.save(os.path.join(os.getcwd(), 'm', NAME), x)": {"m/out.npy"},
    "out = Path.cwd() / 'n'\nout.mkdir()\nopen(out / 'o', 'w')": {"n", "n/o"},
    "np.save(RELATIVE.resolve(), x)": {"p.npy"},
    "with open(os.path.join('q', 'r'), 'w') as f: pass": {"q/r"},
}
UNSAFE = {
    "!ls": "shell",
    "files = !ls": "shell",
    "%pip install x": "shell",
    "%%bash\nls": "not Python",
    "%timeit spin(1)": "shell",
    "import subprocess": "starts programs",
    "import requests as r": "network",
    "from urllib.request import urlopen": "network",
    "import sqlite3": "database",
    "import wandb": "log each run",
    "import some_library_nobody_knows": "does not know",
    "from os import remove": "does not know",
    "os.remove('a')": "does not know",
    "os.system('ls')": "starts or ends",
    "o = os": "hands on os",
    "input()": "waits for you",
    "eval('1')": "cannot be read",
    "getattr(x, 'y')\nexit()": "ends the kernel",
    "df.to_sql('t', 1)": "database",
    "df.head()": "df is not defined",
    "x.push_to_hub('me/x')": "uploads",
    "np.loadtxt('https://u:TOKEN@example.org/x')": "network address",
    "np.save('/tmp/a', x)": "outside the working folder",
    "np.save('../a', x)": "outside the working folder",
    "np.save(SOMEWHERE, x)": "outside the working folder: /tmp/a",
    "np.save(os.path.join(os.getcwd(), '..', 'a'), x)": "outside the working folder",
    "np.save(', '.join(['a']), x)": "cannot be read",
    "np.save(Path.home() / 'a', x)": "cannot be read",
    "np.save(f'{NAME}', x)": "cannot be read",
    "open(NAME, mode=mode)": "not defined",
    "open('a', 'r+')": None,
    "workload.calls_it()": "network",
    "await x": "await",
    "async def waits():\n    await x": "await",
    "program.work()": "starts programs",
    "x.execute('drop table')": "database",
    "1 +": "not Python",
}


FILES_BY_ANY_NAME = {
    "safetensors.numpy.save_file({'a': x}, 'a.safetensors')": {"a.safetensors"},
    "polars.DataFrame().write_ndjson('a.ndjson')": {"a.ndjson"},
    "polars.LazyFrame().sink_csv('a.csv')": {"a.csv"},
    "polars.DataFrame().write_avro('a.avro')": {"a.avro"},
    "keep(x, 'a.pt')": {"a.pt"},
    "np.memmap('a.bin', mode='w+', shape=3)": {"a.bin"},
    "np.memmap('a.bin')": {"a.bin"},
    "scipy.io.savemat('a.mat', {})": {"a.mat"},
    "scipy.io.wavfile.write('a.wav', 8, x)": {"a.wav"},
    "frame.write_some_new_format('a.new')": {"a.new"},
}


@pytest.fixture(scope="module")
def libraries():
    """What writes files by functions that are compiled, or bear another name."""
    found = {name: pytest.importorskip(name) for name in ("safetensors", "polars", "scipy")}
    pytest.importorskip("safetensors.numpy")
    pytest.importorskip("scipy.io.wavfile")
    return {**SPACE, **found, "keep": np.save, "kept_for_later": [np.save], "frame": [],
            "keeps": functools.partial(np.save, "a.npy"), "folder": Path("a")}  # fmt: skip


@pytest.mark.parametrize("source", FILES_BY_ANY_NAME)
def test_what_writes_is_known_by_any_name(source, libraries):
    source = source.replace("keep(x, 'a.pt')", "keep('a.pt', x)")
    found = judge(source, libraries)
    assert (found.level, found.paths) == ("files", FILES_BY_ANY_NAME.get(source, {"a.pt"})), (
        found
    )


BEHIND_ANOTHER_NAME = [
    "keep = np.save\nkeep('a.npy', x)",
    "from numpy import save as keep\nkeep('a.npy', x)",
    "import functools\nfunctools.partial(np.save, 'a.npy')(x)",
    "keeps(x)",
    "kept_for_later[0]('a.npy', x)",
    "list(map(np.save, ['a.npy'], [x]))",
    "getattr(np, 'sa' + 've')('a.npy', x)",
    "getattr(np, 'save')('a.npy', x)",
    "import operator\noperator.attrgetter('save')(np)('a.npy', x)",
    "import operator\noperator.methodcaller('tofile', 'a')(x)",
    "np.save.__call__('a.npy', x)",
    "np.__dict__['save']('a.npy', x)",
    "import sys\nsys.modules['numpy'].save('/a.npy', x)",
    "import builtins\nbuiltins.exec('1')",
    "e = exec\ne('1')",
    "o = open\no('a', 'w')",
    "list(map(open, ['a'], ['w']))",
    "spin.__globals__['x'] = 1",
    "().__class__.__base__.__subclasses__()",
    "for write in [np.save]: write('a.npy', x)",
    "class A:\n    keep = np.save",
    "def f(keep=np.save): keep('a.npy', x)",
    "lambda: np.save",
    "np.lib.do_something_with('data/a.npy')",
    "frame.unheard_of('a.csv')",
    "frame.unheard_of(folder)",
    "frame.unheard_of(f'{NAME}/a.csv')",
    "frame.unheard_of(files=['a.csv'])",
    "frame.write_some_new_format()",
    "folder.rename('b')",
    "Path('a').replace('b')",
    "folder.symlink_to('b')",
    "folder.chmod(0)",
    "np.memmap('/dev/shm/a', mode='r+')",
    "np.ctypeslib.load_library('a', '.')",
]


@pytest.mark.parametrize("source", BEHIND_ANOTHER_NAME)
def test_what_reaches_outside_by_another_name_is_unsafe(source, libraries):
    assert judge(source, libraries).level == "unsafe", source


HARMLESS = [
    "import json\njson.dumps({'a': 1})",
    "x.tolist()\n'a/b.csv'.replace('a', 'b')",
    "save = True\nif save: print('a.csv')",
    "np.memmap('a.bin', mode='r')",
    "import pandas as pd\npd.read_csv('a.csv').rename(columns={'a': 'b'})",
    "polars.scan_csv('a.csv').collect()",
    "Path('a.csv').exists()\nopen('a.csv').read()",
    "def write_up(path): return path\nwrite_up('a.csv')",
    "import io\nio.StringIO().write('a.csv')",
    "sorted(rows, key=len)",
    "getattr(x, 'shape')",
    "frame.append('a.csv')",
    "list(map(str, x))",
]


@pytest.mark.parametrize("source", HARMLESS)
def test_what_writes_nothing_may_run(source, libraries):
    found = judge(source, libraries)
    assert found.level in ("pure", "state"), found


SECRET = "hunter2"


@pytest.mark.parametrize(
    "source",
    [
        f"np.loadtxt('https://u:{SECRET}@example.org/x')",
        f"np.save('https://u:{SECRET}@example.org/x', x)",
        f"open('/a?key={SECRET}', 'w')",
        f"!curl -H 'Authorization: {SECRET}' example.org",
        f"%env KEY={SECRET}",
        f"%%bash\nexport KEY={SECRET}",
        f"x = '{SECRET}",
        f"frame.unheard_of('{SECRET}.csv')",
    ],
)
def test_a_refusal_holds_no_secret(source, libraries):
    found = judge(source, libraries)
    assert found.level == "unsafe"
    assert SECRET not in found.reason


@pytest.mark.parametrize("source", PURE)
def test_what_only_reads_is_pure(source):
    assert judge(source, SPACE).level == "pure", judge(source, SPACE)


@pytest.mark.parametrize("source", STATE)
def test_what_changes_objects_is_not(source):
    assert judge(source, SPACE).level == "state", judge(source, SPACE)


@pytest.mark.parametrize(
    "source",
    [
        "model.half().generate(1)", "model.eval()", "model.float()", "model.cpu()",
        "model.apply(torch.nn.init.ones_)", "for batch in loader: print(batch)",
    ],
)  # fmt: skip
def test_what_changes_a_torch_module_in_place_is_not_pure(source):
    torch = pytest.importorskip("torch")
    loader = torch.utils.data.DataLoader([1, 2], shuffle=True)
    space = {"torch": torch, "model": torch.nn.Linear(1, 1), "loader": loader}
    assert judge("model.predict(1)", space).level == "pure"
    assert judge(source, space).level == "state"


def test_a_closed_file_is_of_no_concern_and_an_open_one_is(tmp_path):
    source = "with open('a.txt') as f:\n    text = f.read()"
    with (tmp_path / "a.txt").open("w") as f:
        assert "open file" in judge(source, {"f": f}).reason
    assert judge(source, {"f": f}).level == "state"


@pytest.mark.parametrize("source", FILES)
def test_files_are_known_by_their_paths(source):
    found = judge(source, SPACE)
    assert (found.level, found.paths) == ("files", FILES[source]), found


@pytest.mark.parametrize("source", UNSAFE)
def test_what_reaches_outside_or_is_unknown_is_unsafe(source):
    found = judge(source, SPACE)
    if UNSAFE[source] is None:
        assert found.level == "files"
    else:
        assert found.level == "unsafe", found
        assert UNSAFE[source] in found.reason


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_of_the_working_folder_may_be_read_by_its_whole_name(
    tmp_path, monkeypatch, kind
):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    monkeypatch.chdir(tmp_path / "link")
    for folder in ("folder", "link"):
        space = {**SPACE, "path": kind(tmp_path / folder / "a.npy")}
        assert judge("np.load(path)\nopen(path)", space).level != "unsafe"
        for write in ("np.save(path, x)", "open(path, 'w')"):
            reason = judge(write, space).reason
            assert "by its absolute path" in reason
            assert "outside" not in reason


def test_the_line_is_reported():
    assert judge("x\nimport socket", SPACE).line == 2
    assert judge("x\ny = workload.calls_it()", SPACE).line == 2


def test_what_a_function_reads_is_read():
    assert {"spin", "np"} <= judge("spin(1)", {**SPACE, "spin": workload.spin}).reads | {"np"}
    assert "x" in judge("y = x", SPACE).reads


def test_functions_are_judged_by_their_source():
    assert judge(workload.spin, {}).level == "state"
    assert judge(functools.partial(workload.spin, 1), {}).level == "state"
    assert judge(lambda: workload.spin(1), {}).level == "state"
    assert "network" in judge(lambda: workload.calls_it(), {}).reason
    assert "network" in judge(functools.partial(workload.calls_it), {}).reason
    assert "os.system" in judge(os.system, {}).reason


def test_a_function_without_a_source_is_unsafe():
    made = {}
    exec("def f(): pass", made)
    assert "source" in judge(made["f"], {}).reason
    assert "source" in judge("f()", {"f": made["f"]}).reason


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        (workload.Sender(), "network"),
        (workload.Holder(workload.Sender()), "network"),
        (threading.Thread(), "this kernel only"),
        ([threading.Event()], "this kernel only"),
        ({"a": os.popen}, "os.popen|popen"),
    ],
)
def test_what_is_reached_through_objects_counts(thing, why):
    found = judge("thing", {"thing": thing})
    assert found.level == "unsafe"
    assert any(word in found.reason for word in why.split("|")), found.reason


def test_an_open_file_is_not_shared(tmp_path):
    with open(tmp_path / "a", "w") as file:
        assert "open file" in judge("file.write('x')", {"file": file}).reason


def test_nothing_of_the_users_is_called():
    class Trap:
        def __getattribute__(self, name):
            raise AssertionError(name)

        def __iter__(self):
            raise AssertionError

    judge("trap", {"trap": Trap()})


class TestTorch:
    torch = pytest.importorskip("torch")

    def test_training_changes_state(self):
        torch = self.torch
        model = torch.nn.Linear(2, 1)
        space = {
            "torch": torch,
            "model": model,
            "opt": torch.optim.SGD(model.parameters(), 0.1),
            "x": torch.ones(3, 2),
        }
        step = "opt.zero_grad()\nloss = model(x).sum()\nloss.backward()\nopt.step()"
        assert judge(step, space).level == "state"
        assert judge("torch.save(model.state_dict(), 'm.pt')", space).paths == {"m.pt"}

    def test_a_loader_with_workers_under_way_is_not_shared(self):
        torch = self.torch
        data = torch.utils.data.TensorDataset(torch.ones(8, 2))
        loader = torch.utils.data.DataLoader(data, num_workers=1, persistent_workers=True)
        source = "for b in loader: b[0].sum()"
        assert judge(source, {"loader": loader}).level != "unsafe"
        iter(loader)
        try:
            assert "this kernel only" in judge(source, {"loader": loader}).reason
        finally:
            loader._iterator._shutdown_workers()


def test_a_model_of_the_extension_for_scikit_learn_is_known():
    ensemble = pytest.importorskip("sklearnex.ensemble")
    y = np.arange(40) % 2
    clf = ensemble.RandomForestClassifier(3).fit(np.random.rand(40, 3), y)
    found = judge("clf.fit(x, y).predict(x)", {"clf": clf, "x": np.ones((40, 3)), "y": y})
    assert (found.level, found.reason) == ("state", None)
