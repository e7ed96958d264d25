"""Where the notebook lies, from what the server and pages say."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from greenlab.notebook.notebook_path import LONGEST, NotebookPath


@pytest.fixture
def path(monkeypatch, tmp_path):
    """Of a kernel that was started for `a/old.ipynb` in the server's folder."""
    (tmp_path / "a").mkdir()
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "a" / "old.ipynb"))
    return NotebookPath(SimpleNamespace(user_ns={}))


def test_it_is_what_the_server_started_the_kernel_for(path, tmp_path):
    assert path() == str(tmp_path / "a" / "old.ipynb")


def test_a_new_name_is_found_beside_it_and_in_other_folders(path, tmp_path):
    path.is_now("a/old.ipynb")
    assert path() == str(tmp_path / "a" / "old.ipynb")
    path.is_now("a/new.ipynb")
    assert path() == str(tmp_path / "a" / "new.ipynb")
    path.is_now("b/c/new.ipynb")
    assert path() == str(tmp_path / "b" / "c" / "new.ipynb")


def test_a_page_that_only_knows_the_new_name_is_understood(path, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "new.ipynb").touch()
    path.is_now("b/new.ipynb")
    assert path() == str(tmp_path / "b" / "new.ipynb")


def test_a_new_name_in_the_same_folder_needs_no_file(path, tmp_path):
    path.is_now("a/new.ipynb")
    assert path() == str(tmp_path / "a" / "new.ipynb")


def test_where_nothing_is_known_it_is_as_the_page_says(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    path = NotebookPath(SimpleNamespace(user_ns={}))
    assert path() is None
    path.is_now("  ")
    assert path() is None
    path.is_now("/x/new.ipynb")
    assert path() == "x/new.ipynb"


@pytest.mark.parametrize("told", ["x" * 10**5, "a\0b", "../../../etc/passwd", "\ud800"])
def test_strange_names_do_no_harm(path, told):
    path.is_now(told)
    assert len(path().encode()) <= LONGEST + 200


def test_bytes_that_are_no_text_leave_records_that_can_be_sent(monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", b"/w/\xff.ipynb".decode(errors="surrogateescape"))
    assert NotebookPath(SimpleNamespace(user_ns={}))() == "/w/\ufffd.ipynb"


def test_vs_code_says_it_in_the_namespace(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    for value, expected in (("/w/n.ipynb", "/w/n.ipynb"), (3, None)):
        shell = SimpleNamespace(user_ns={"__vsc_ipynb_file__": value})
        assert NotebookPath(shell)() == expected
