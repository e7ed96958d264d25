"""What Python warns of in the user's code is said when the user's code is compiled, not again."""

import contextlib
import subprocess
import sys
import warnings

import pytest
from advice_cells import HEAVY, found

from greenlab.cellcode.parsing import parse

CELL = "import re\nhits = re.findall('\\d+', 'a1')\nprint(1 if hits is 'x' else 2)\n"


def test_a_cell_is_looked_at_without_a_word():
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        found(CELL, {}, HEAVY)
        parse(CELL)
    assert heard == []


@pytest.mark.parametrize("text", [CELL, "f(", "\0"])
def test_the_user_s_filters_stay_as_they_were(text):
    before = list(warnings.filters)
    with contextlib.suppress(SyntaxError, ValueError):
        parse(text)
    assert list(warnings.filters) == before


def test_what_was_shown_once_is_not_shown_again():
    code = (
        "import warnings\n"
        "from greenlab.cellcode.parsing import parse\n"
        "for _ in range(3):\n"
        "    warnings.warn('once', UserWarning)\n"
        "    parse('1')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.count("UserWarning: once") == 1
