"""The time that a process weighed, as it shows it, and what that holds of another's."""

import math
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.host.host import Host
from greenlab.host.shared_page import pages_of
from greenlab.session.weighed_time import NOT_HELD, Held, Look, Weighed, WeighedTime, held, read


class Owner:
    pass


@pytest.fixture
def weighed():
    weighed = WeighedTime()
    yield weighed
    weighed.close()


WINDOWS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 30), st.booleans()), max_size=8, unique=True
)


@given(windows=WINDOWS, at=st.integers(0, 60))
def test_it_is_the_length_of_all_windows_together(windows, at):
    """Each moment once, whichever overlap: counted second by second here."""
    weighed, owners = WeighedTime(), {}
    spans = [(start, start + length) for start, length, _ in windows]
    edges = [(start, 1, number) for number, (start, _) in enumerate(spans)]
    edges += [(end, 0, number) for number, (_, end) in enumerate(spans)]
    # Where one ends as another begins, the order does not matter.
    for when, opens, number in sorted(edges, key=lambda one: (one[0], one[1])):
        if when > at:
            break
        if opens:
            owners[number] = Owner()
            weighed.opened(owners[number], str(number), float(when))
        else:
            weighed.closed(owners[number], float(when))
    seconds = {second for start, end in spans for second in range(start, min(end, at))}
    assert weighed.now.until(float(at)) == pytest.approx(len(seconds))
    weighed.close()


def test_others_read_what_it_shows(weighed):
    owner = Owner()
    weighed.opened(owner, "a" * 32, 5.0)
    found = [read(page) for page in pages_of(os.getpid(), Host())]
    assert Weighed(0.0, 5.0, "a" * 32) in found
    weighed.closed(owner, 7.0)
    found = [read(page) for page in pages_of(os.getpid(), Host())]
    assert Weighed(2.0, math.inf, "a" * 32) in found


def test_a_window_that_was_never_closed_is_not_open_for_ever(weighed):
    weighed.opened(Owner(), "lost", 1.0)  # nobody holds it
    owner = Owner()
    weighed.opened(owner, "next", 3.0)
    assert weighed.now == Weighed(0.0, 3.0, "next")


def test_a_window_of_which_no_record_comes_holds_nothing(weighed):
    owner = Owner()
    weighed.opened(owner, "short", 1.0)
    weighed.closed(owner, 2.0, recorded=False)
    assert weighed.now.until(3.0) == 0.0


def test_a_page_that_is_half_written_is_not_read():
    assert read(bytearray(4096)) is None


def look(at, closed_s=0.0, since=math.inf, record_id=""):
    return Look(at, Weighed(closed_s, since, record_id))


def test_what_lies_in_one_window_is_counted_in_its_record():
    assert held(look(5, 0, 1, "a"), look(9, 0, 1, "a")) == Held("a", 1.0)


def test_what_lies_in_no_window_is_counted_in_none():
    assert held(look(5, 3, math.inf, "a"), look(9, 3, math.inf, "a")) == NOT_HELD
    assert held(look(5), look(5)) == NOT_HELD


def test_what_lies_in_several_is_counted_in_the_one_that_has_most():
    assert held(look(5, 0, 1, "a"), look(15, 6, 7, "b")).counted_in == "b"
    assert held(look(5, 0, 1, "a"), look(15, 13, 14, "b")).counted_in == "a"


def test_of_time_that_has_just_begun_there_may_be_no_record():
    assert held(look(5, 0, 4.9, "a"), look(5.6, 0.2, 5.1, "b")).counted_in == "a"


def test_what_lies_there_with_a_part_of_its_time_is_counted_for_the_rest():
    assert held(look(5, 0, 1, "a"), look(15, 6.5, math.inf, "a")) == Held(None, 0.25)
    assert held(look(5, 4), look(15, 4, 10, "b")) == Held(None, 0.5)
