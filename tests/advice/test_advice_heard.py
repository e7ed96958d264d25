"""Warnings that real libraries gave, found where Python notes them."""

import sys
import types
import warnings

import pytest

from greenlab.advice.analysis.python_warnings import MODULES, Heard

WARN = "import warnings\nwarnings.warn('slow way', UserWarning, stacklevel=1)"


@pytest.fixture(autouse=True)
def as_python_does():
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        yield


def run(source, namespace):
    exec(compile(source, "<cell>", "exec"), namespace)


def test_a_cell_s_own_warnings_and_nobody_else_s():
    namespace = {"__name__": "__main__"}
    run(WARN, namespace)
    heard = Heard(namespace)
    assert heard.after("first") == ()
    run(f"\n{WARN}", namespace)
    assert heard.after("second") == ("slow way",)
    assert heard.after("third") == ()


def test_a_second_run_of_the_same_code_is_not_warned_again_and_still_counts():
    namespace = {"__name__": "__main__"}
    heard = Heard(namespace)
    run(WARN, namespace)
    assert heard.after("code") == ("slow way",)
    run(WARN, namespace)
    assert heard.after("code") == ("slow way",)


def test_after_the_filters_changed_the_same_warning_is_new():
    namespace = {"__name__": "__main__"}
    heard = Heard(namespace)
    run(WARN, namespace)
    heard.after("one")
    warnings.simplefilter("default", append=True)
    run("pass", namespace)
    run(f"import warnings\nwarnings.warn('else', stacklevel=1)\n{WARN}", namespace)
    assert heard.after("two") == ("else", "slow way")


def test_torch_s_word_about_too_many_workers():
    torch = pytest.importorskip("torch")
    namespace = {"__name__": "__main__", "torch": torch}
    heard = Heard(namespace)
    run("torch.utils.data.DataLoader(torch.zeros(4, 1), num_workers=4096)", namespace)
    (text,) = heard.after("cell")
    assert text.startswith("This DataLoader will create 4096 worker processes")


def test_pandas_word_about_a_table_in_pieces():
    pd = pytest.importorskip("pandas")
    namespace = {"__name__": "__main__", "pd": pd}
    heard = Heard(namespace)
    run("df = pd.DataFrame({'a': [1]})\nfor i in range(120):\n    df[i] = i", namespace)
    (text,) = heard.after("cell")
    assert text.startswith("DataFrame is highly fragmented")


def test_nothing_is_imported_or_changed():
    before = set(sys.modules)
    namespace = {"__name__": "__main__"}
    run(WARN, namespace)
    noted = dict(namespace["__warningregistry__"])
    Heard(namespace).after("cell")
    assert namespace["__warningregistry__"] == noted
    assert set(sys.modules) == before


@pytest.mark.parametrize("odd", [[], {"version": 1}, {("a", "b"): True, 5: 1, (1, 2, 3): 1}])
def test_registries_of_another_form(odd, monkeypatch):
    strange = types.ModuleType(MODULES[0])
    strange.__warningregistry__ = odd
    monkeypatch.setitem(sys.modules, MODULES[0], strange)
    assert Heard({"__warningregistry__": odd}).after("cell") == ()


@pytest.mark.parametrize("name", MODULES)
def test_each_module_is_there_to_be_read(name):
    pytest.importorskip(name.partition(".")[0])
    pytest.importorskip(name)
