"""What is read over and over is opened once, and again after it failed."""

import pytest

from greenlab.host.kept_reader import KeptReader


class Source:
    """Opens readers that give a number each time, or fail."""

    def __init__(self):
        self.opened = self.closed = 0
        self.fails = False

    def open(self):
        self.opened += 1
        return self

    def read(self):
        if self.fails:
            raise OSError("gone")
        return b"7"

    def close(self):
        self.closed += 1
        raise OSError("already closed")


def test_it_is_opened_at_the_first_read_and_kept():
    source = Source()
    kept = KeptReader(source.open)
    assert source.opened == 0
    assert [kept.read(), kept.read()] == [b"7", b"7"]
    assert source.opened == 1


def test_a_failed_read_closes_it_and_the_next_one_opens_it_again():
    source = Source()
    kept = KeptReader(source.open)
    kept.read()
    source.fails = True
    with pytest.raises(OSError, match="gone"):
        kept.read()
    assert (source.opened, source.closed) == (1, 1)
    source.fails = False
    assert kept.read() == b"7"
    assert source.opened == 2


def test_closing_never_fails_and_closes_once():
    source = Source()
    kept = KeptReader(source.open)
    kept.close()
    kept.read()
    kept.close()
    kept.close()
    assert source.closed == 1
