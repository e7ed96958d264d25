"""Looking at the variables of a call that runs in another thread."""

import gc
import sys
import threading
import types
import weakref

import pytest

from greenlab.cellcode.introspect import Live
from greenlab.cellcode.look_budget import LookBudget
from greenlab.lines.calls import Calls
from greenlab.lines.frame_locals import local_variables
from greenlab.lines.live_facts import LiveFacts
from greenlab.lines.readers import readers
from greenlab.lines.stack import Seen
from greenlab.record.hot_stack import DATA, FITTED


class Large:
    pass


def held(trace=None):
    """A thread that waits in a call with variables; its frames, how to go on, and what came."""
    began, go_on, found = threading.Event(), threading.Event(), []

    def call():
        if trace is not None:
            sys.settrace(trace)
        inner()
        sys.settrace(None)

    def inner():
        number, large = 7, Large()
        found.append(weakref.ref(large))
        began.set()
        go_on.wait(120)
        found.append((number, large is not None))
        del large
        found.append(found[0]() is None)

    thread = threading.Thread(target=call)
    thread.start()
    began.wait(120)
    calls = Calls(sys._current_frames()[thread.ident])
    index = next(n for n in range(len(calls)) if calls.code(n).co_name == "inner")
    return thread, go_on, found, calls, index


def test_variables_are_seen_and_let_go():
    thread, go_on, found, calls, index = held()
    with local_variables(calls.frames, index) as variables:
        assert variables["number"] == 7
        assert type(variables["large"]) is Large
    del variables, calls
    go_on.set()
    thread.join()
    gc.collect()
    assert found[1:] == [(7, True), True]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="they are read without a copy there")
def test_a_call_that_a_debugger_follows_is_left_alone():
    def trace(frame, event, arg):
        return trace

    thread, go_on, found, calls, index = held(trace)
    with local_variables(calls.frames, index) as variables:
        assert dict(variables) == {}
    go_on.set()
    thread.join()
    assert found[1] == (7, True)


def facts_of(**variables):
    live, found = Live(variables, budget=LookBudget(1.0)), {}
    with live.looking():
        for read in readers():
            for name, seen in read(live):
                found.setdefault(name, {}).update(seen)
    return found


@pytest.mark.slow
def test_estimators_are_read():
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV

    found = facts_of(m=Ridge(alpha=3.0), g=GridSearchCV(Ridge(), {"alpha": [1]}), n=5)
    assert (
        found["m"] == {"type": "sklearn.linear_model._ridge.Ridge", "alpha": 3.0} | found["m"]
    )
    assert found["g"]["estimator"] == "sklearn.linear_model._ridge.Ridge"
    assert "n" not in found


@pytest.mark.torch
def test_torch_modules_are_read():
    torch = pytest.importorskip("torch")
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2)).eval()
    model[0].weight.requires_grad_(requires_grad=False)
    found = facts_of(model=model)["model"]
    assert found["type"] == "torch.nn.modules.container.Sequential"
    assert found["parameters"] == 4 * 3 + 3 + 3 * 2 + 2
    assert found["frozen"] == 12
    assert found["dtypes"] == ("float32",)
    assert found["devices"] == ("cpu",)
    assert found["training"] is False
    assert found["whole"] is True


def test_layers_are_told_apart():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    model = nn.ModuleList(
        [nn.Linear(4, 3), nn.Conv2d(2, 3, 1), nn.GRU(2, 2), nn.Embedding(5, 2)]
    )
    found = facts_of(model=model)["model"]
    assert (found["linear"], found["convolution"]) == (15, 9)
    assert found["recurrent"] == 3 * (2 * 2 + 2 * 2 + 2 + 2)
    assert found["parameters"] == 15 + 9 + found["recurrent"] + 10
    assert (found["managed"], found["casts_itself"]) == (False, False)


def test_a_backbone_within_a_module_has_its_name():
    torch = pytest.importorskip("torch")
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
    net[1].config = types.SimpleNamespace(_name_or_path="bert-base-uncased")
    assert facts_of(net=net)["net"]["pretrained"] == "bert-base-uncased"


def test_arrays_tables_and_tensors_are_read():
    import numpy as np
    import pandas as pd

    found = facts_of(
        X=np.zeros((6, 2), "float32"),
        df=pd.DataFrame({"a": [1, 2]}),
        rows=[1, 2],
        n=np.float64(1),
    )
    assert found == {
        "X": {"type": "numpy.ndarray", "rows": 6, "values": 12, "width": 2, "dtype": "float32"},
        "df": {"type": found["df"]["type"], "rows": 2, "values": 2, "width": 1},
    }
    assert found["df"]["type"].endswith("DataFrame")
    torch = pytest.importorskip("torch")
    tokens = facts_of(ids=torch.zeros((4, 24), dtype=torch.int64))["ids"]
    assert (tokens["rows"], tokens["values"], tokens["dtype"]) == (4, 96, "int64")


def test_what_a_library_is_given_is_read_where_the_code_has_no_name_for_it():
    import numpy as np
    from sklearn.linear_model import Ridge

    def fit(self, X):
        calls = Calls(sys._getframe())
        here = calls.place(1)
        facts.look(Seen(here, here), 20, calls, 1, 1.0)

    facts = LiveFacts()
    line = sys._getframe().f_lineno + 1
    fit(Ridge(alpha=2.0), np.zeros((7, 2)))
    found = facts.of(__file__, line)
    assert found[FITTED]["alpha"] == 2.0
    assert found[DATA]["rows"] == 7


def test_a_reader_that_fails_or_takes_long_changes_nothing(monkeypatch):
    def endless(live):
        while True:
            live.tick()
            yield "x", {"type": "y", "bad": object()}

    def broken(live):
        raise ValueError

    place = Calls(sys._getframe()).place(0)
    for reader in (endless, broken):
        monkeypatch.setattr("greenlab.lines.readers.readers", lambda reader=reader: [reader])
        facts, calls = LiveFacts(), Calls(sys._getframe())
        facts.look(Seen(place, place), 1, calls, 0, 1.0)
        for seen in facts.of(place.file, place.line).values():
            assert seen == {"type": "y"}


def test_only_some_samples_of_a_line_look():
    facts, place = LiveFacts(), Calls(sys._getframe()).place(0)
    looks = [n for n in range(1, 100) if facts.another(Seen(place, place))]
    assert looks == [1, 3, 8, 20]
