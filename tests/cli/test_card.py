import json

import pytest

from greenlab.ledger import Ledger
from tests.ledger.conftest import record


@pytest.fixture
def filled(own_ledger):
    ledger = Ledger(own_ledger)
    ledger.add(record(notebook="/home/ada/one.ipynb"))
    ledger.add(record(notebook="/home/ada/two.ipynb"))
    ledger.close()


def test_text_json_and_a_file(greenlab, filled, tmp_path):
    code, out, _ = greenlab("card", "--notebook", "one.ipynb")
    assert code == 0
    assert "1 cell run, 20" in out
    code, out, _ = greenlab("card", "--json")
    assert json.loads(out)["cells"] == 2
    code, out, _ = greenlab("card", "-o", tmp_path / "card.md")
    assert (code, out) == (0, "")
    assert (tmp_path / "card.md").read_text().startswith("## ")


def test_no_record_is_said(greenlab, own_ledger, filled, tmp_path):
    code, out, err = greenlab("card", "--since", "2030-01-01")
    assert (code, out) == (1, "")
    assert "has no records since 2030-01-01" in err
    code, _, err = greenlab("card", "-o", tmp_path / "no" / "card.md")
    assert code == 2
    assert "cannot write" in err
