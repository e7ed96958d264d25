"""Joules per unit in what the terminal tells of a ledger: report, card, exports."""

import csv
import io
import json

import pytest

from greenlab import measure, session
import greenlab as package
from tests.training.conftest import machine, simulate  # noqa: F401


@pytest.fixture
def counted(machine):
    """Two blocks of 20 and 10 J that counted tokens, one of them images too, and one of 50 J
    that counted nothing."""
    with measure("first"):
        machine.work(2.0, own=4.0)
        package.count(tokens=300, images=4)
    with measure("second"):
        machine.work(1.0, own=4.0)
        package.count(tokens=300)
    with measure("third"):
        machine.work(5.0, own=4.0)
    session.current().flush()
    yield
    session.close_current()


def test_the_report(greenlab, counted):
    code, out, _ = greenlab("report")
    assert code == 0
    lines = [line for line in out.splitlines() if " per " in line]
    assert [line.partition(",")[0] for line in lines] == ["5 J per image", "50 mJ per token"]
    assert lines[1].endswith("600 counted")
    assert lines[0].endswith("4 counted")
    _, out, _ = greenlab("report", "--json")
    images, tokens = json.loads(out)["totals"]["work"]
    assert (tokens["unit"], tokens["count"]) == ("token", 600)
    assert tokens["energy_j"]["value"] == pytest.approx(30, rel=0.01)
    assert images["energy_j"]["value"] == pytest.approx(20, rel=0.01)


def test_a_report_of_records_without_counts_is_as_before(greenlab, machine):
    with measure():
        machine.work(1.0, own=4.0)
    session.close_current()
    _, out, _ = greenlab("report", "--json")
    assert "work" not in json.loads(out)["totals"]
    assert " per " not in greenlab("report")[1]


def test_the_card(greenlab, counted, tmp_path):
    _, out, _ = greenlab("card")
    assert "Per unit" in out
    assert "50 mJ per token" in out
    greenlab("card", "-o", tmp_path / "card.md")
    assert "| Per unit | 5 J per image, " in (tmp_path / "card.md").read_text()
    _, out, _ = greenlab("card", "--json")
    assert [one["unit"] for one in json.loads(out)["work"]] == ["image", "token"]


def test_a_card_in_trackers(counted):
    from greenlab.reports.card.trackers import metrics

    found = metrics(package.run_card())
    assert found["greenlab_j_per_token"] == pytest.approx(0.05, rel=0.01)
    assert found["greenlab_j_per_image"] == pytest.approx(5, rel=0.01)


def test_exports(greenlab, counted):
    _, out, _ = greenlab("export", "--format", "csv")
    rows = {row["name"]: row["work"] for row in csv.DictReader(io.StringIO(out))}
    assert rows == {"first": "token=300 image=4", "second": "token=300", "third": ""}
    _, out, _ = greenlab("export", "--format", "jsonl")
    first = next(one for one in map(json.loads, out.splitlines()) if one["name"] == "first")
    assert [(one["unit"], one["count"]) for one in first["work"]] == [
        ("token", 300.0),
        ("image", 4.0),
    ]


def test_what_is_forgotten_is_in_no_sum(greenlab, counted):
    assert greenlab("forget", "--all")[0] == 0
    assert "per token" not in greenlab("report")[1]
