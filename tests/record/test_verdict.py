"""A verdict in one line, as Python shows it."""

from greenlab.record import Verdict


def test_what_was_shown_and_why():
    saved = Verdict(0.62, 0.58, 0.66, 5, "modelled", status="verified")
    assert repr(saved) == (
        "<Verdict verified, 38 % less energy, 58 % to 66 % of the energy before, modelled>"
    )
    unsafe = Verdict(None, None, None, 0, "missing", status="unsafe", reason="it writes")
    assert repr(unsafe) == "<Verdict unsafe, it writes>"
