"""A page of memory that a process shows to those that can find it."""

import os
import subprocess
import sys

import psutil  # noqa: F401  before the platform is said to be another
import pytest

from greenlab.host.ancestors import ancestors
from greenlab.host.clocks import Clocks
from greenlab.host.host import Host
from greenlab.host.shared_page import SharedPage, pages_of
from tests.session.conftest import nobody_else_weighs  # noqa: F401  with a page of its own

LOOKS = """
import os, sys
from greenlab.host.host import Host
from greenlab.host.shared_page import pages_of
print([bytes(page[:5]) for page in pages_of(int(sys.argv[1]), Host())])
"""


def seen_by_another(pid):
    command = [sys.executable, "-c", LOOKS, str(pid)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def page():
    page = SharedPage()
    yield page
    page.close()


def test_another_process_reads_the_current_content(page):
    page.memory[:5] = b"first"
    assert seen_by_another(os.getpid()) == "[b'first']"
    page.memory[:5] = b"later"
    assert seen_by_another(os.getpid()) == "[b'later']"


def test_what_was_found_is_read_without_looking_again(page):
    (seen,) = pages_of(os.getpid(), Host())
    page.memory[:5] = b"later"
    assert bytes(seen[:5]) == b"later"
    with pytest.raises(TypeError):  # who reads cannot write
        seen[:5] = b"wrong"
    seen.close()


def test_a_process_without_a_page_shows_none(page):
    page.close()
    assert seen_by_another(os.getpid()) == "[]"
    assert pages_of(2**22, Host()) == []  # no such process


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_the_page_that_a_fork_inherits_is_not_its_own(page):
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(into, repr(len(pages_of(os.getpid(), Host()))).encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert os.read(out, 9) == b"0"
    os.close(out)
    os.close(into)


def test_children_inherit_neither_it_nor_a_variable(page):
    before = dict(os.environ)
    command = ["ls", "-l", "/proc/self/fd"]
    inherits = subprocess.run(command, capture_output=True, text=True, close_fds=False)
    assert "->" in inherits.stdout
    assert "greenlab-" not in inherits.stdout
    assert dict(os.environ) == before


def test_without_a_way_to_show_it_nothing_fails(monkeypatch):
    def refused(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "memfd_create", refused, raising=False)
    monkeypatch.setattr("greenlab.host.shared_page._named", refused)
    page = SharedPage()
    assert page.memory is None
    page.close()


def test_named_memory_is_how_other_systems_show_it(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    page = SharedPage()
    try:
        page.memory[:5] = b"named"
        (seen,) = pages_of(os.getpid(), Host())
        assert bytes(seen[:5]) == b"named"
    finally:
        page.close()
    assert pages_of(os.getpid(), Host()) == []


def test_memory_that_a_former_process_left_is_not_taken_for_a_page(monkeypatch):
    """Named memory of one that was killed stays, and its number is given out again."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(Clocks, "wallclock", lambda: 1e9)
    page = SharedPage()
    try:
        assert pages_of(os.getpid(), Host()) == []
    finally:
        page.close()


def test_ancestors_are_listed_nearest_first():
    code = (
        "import os; from greenlab.host.host import Host; "
        "from greenlab.host.ancestors import ancestors; print(*ancestors(Host()))"
    )
    shell = ["sh", "-c", '"$@"; true', "sh", sys.executable, "-c", code]
    found = subprocess.run(shell, check=True, capture_output=True, text=True).stdout.split()
    assert found[1] == str(os.getpid())
    assert list(map(int, found[1:])) == [os.getpid(), *ancestors(Host())]


def test_a_name_that_looks_like_the_end_of_a_line_is_no_other_process(tmp_path):
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "self" / "stat").write_text("7 (a) R 9 (b) S 5 1 1")
    (tmp_path / "proc" / "5").mkdir()
    (tmp_path / "proc" / "5" / "stat").write_text("5 (x y) S 0 1 1")
    assert ancestors(Host(tmp_path)) == [5]
