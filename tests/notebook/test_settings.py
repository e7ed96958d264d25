import os

import pytest

from tests.notebook.kernel import Kernel


@pytest.fixture
def mistaken(own_ledger):
    """A kernel with variables that cannot be meant."""
    kernel = Kernel({**os.environ, "GREENLAB_ZONE": "XX", "GREENLAB_ADVICE_MIN_S": "abc"})
    yield kernel
    kernel.stop()


def test_what_is_wrong_is_said_once_and_the_grid_line_says_why(mistaken):
    said = mistaken.run("%load_ext greenlab").text
    assert "GREENLAB_ADVICE_MIN_S is 'abc'" in said
    assert "zone XX is unknown: in GREENLAB_ZONE, write" in said
    assert mistaken.run("1").text == ""
    (grid,) = [
        line for line in mistaken.run("%greenlab").text.splitlines() if line[:6] == "  grid"
    ]
    assert "zone XX is unknown" in grid
    (record, *_) = mistaken.records()
    assert record["emissions_g"]["value"] is None
