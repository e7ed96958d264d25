"""A verdict in one line, as Python shows it."""

from greenlab.record import Progress, Verdict


def test_what_idle_power_makes_of_it_is_said_beside():
    said = str(
        Verdict(
            0.38, 0.3, 0.4, 3, "modelled", status="verified", ratio_of="added",
            before_j=10.0, after_j=7.0, before_added_j=2.0, after_added_j=0.76,
        )
    )  # fmt: skip
    assert said.startswith("verified · 62 % less energy")
    assert (
        "of the energy that the work adds; including the idle power meanwhile, 30 % less"
        in said
    )
    rows = [line.split() for line in said.splitlines()[-2:]]
    assert [row[-4:] for row in rows] == [
        ["2", "J", "0.76", "J"],
        ["10", "J", "7", "J"],
    ]
    assert "idle power" not in str(
        Verdict(0.38, 0.3, 0.4, 3, "modelled", before_j=1, after_j=2)
    )


def test_a_busy_machine_is_said_while_a_proof_goes_on():
    assert Progress("looking", 0, 0, 0.0, others=0.85).busy == (
        "the machine is busy: 85 % by others"
    )
    assert Progress("looking", 0, 0, 0.0, others=0.05).busy == ""
    assert Progress("looking", 0, 0, 0.0).busy == ""


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
