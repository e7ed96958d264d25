"""A verdict in one line, as Python shows it."""

from greenlab.record import Verdict


def test_what_was_shown_and_why():
    saved = Verdict(0.62, 0.58, 0.66, 5, "modelled", status="verified")
    assert repr(saved) == (
        "<Verdict verified, 38 % less energy, between 34 % and 42 % less, modelled>"
    )
    worse = Verdict(1.2, 1.1, 1.3, 5, "modelled", status="rejected")
    assert "20 % more energy, between 10 % and 30 % more" in repr(worse)
    open_ = Verdict(0.98, 0.9, 1.05, 5, "modelled")
    assert "2 % less energy, between 5 % more and 10 % less" in repr(open_)
    unsafe = Verdict(None, None, None, 0, "missing", status="unsafe", reason="it writes")
    assert repr(unsafe) == "<Verdict unsafe, it writes>"
