import sqlite3

from greenlab.ledger import Ledger
from greenlab.record import Proven, Quality, Verdict

VERIFIED = Verdict(
    0.6,
    0.5,
    0.7,
    5,
    "measured",
    status="verified",
    quality=Quality("acc", 0.9, 0.91, 0.01, 0.02),
)
UNSAFE = Verdict(None, None, None, 0, "missing", status="unsafe", reason="it uploads")


def proven(rule="T01", verdict=VERIFIED, at="2026-01-01T00:00:00Z"):
    return Proven(at, rule, "package 0", "0123", verdict)


def test_verdicts_come_back_as_they_were_oldest_first(ledger):
    kept = [
        proven(at="2026-01-02T00:00:00Z"),
        proven(verdict=UNSAFE),
        proven(rule=None, at="2026-01-03T00:00:00Z"),
    ]
    for one in kept:
        ledger.add_verdict(one)
    assert ledger.verdicts() == [kept[1], kept[0], kept[2]]
    assert ledger.verdicts("T01") == [kept[1], kept[0]]
    assert ledger.verdicts("S01") == []


def test_what_another_version_wrote_is_passed_over(ledger):
    ledger.add_verdict(proven())
    with sqlite3.connect(ledger.path) as other:
        other.execute("UPDATE verdict SET proven = '{}'")
    other.close()
    ledger.add_verdict(proven(rule="S01"))
    assert ledger.verdicts() == [proven(rule="S01")]


def test_a_file_that_cannot_be_written_keeps_the_kernel_going(path):
    path.mkdir(parents=True)
    ledger = Ledger(path)
    ledger.add_verdict(proven())
    assert ledger.verdicts() in ([], [proven()])
    assert ledger.warning
    ledger.close()
