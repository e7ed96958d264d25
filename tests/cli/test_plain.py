import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.cli import plain, text_tables

ANY = st.text(st.characters(codec=None))  # lone surrogates too


@given(ANY)
def test_nothing_that_a_terminal_obeys_is_left(name):
    shown = plain.one_line(name)
    assert len(shown.splitlines()) <= 1
    assert all(one.isprintable() or one.isspace() or ord(one) > 0xFF for one in shown)
    shown.encode("utf-8")
    assert plain.one_line(shown) == shown
    assert plain.lines(shown) == shown


@given(ANY)
def test_json_says_the_same(value):
    for ascii_only in (False, True):
        made = json.dumps({"a": [value]}, indent=1, ensure_ascii=ascii_only)
        shown = plain.json_text(made)
        assert json.loads(shown) == {"a": [value]}
        assert plain.lines(shown) == shown
        shown.encode()


@given(ANY, st.sampled_from(["ascii", "cp437", "cp1252", "latin-1", "koi8-r", "gbk"]))
def test_every_text_fits_every_encoding(value, encoding):
    shown = plain.encodable(plain.lines(value), encoding)
    shown.encode(encoding)
    assert plain.encodable(shown, encoding) == shown


@pytest.mark.parametrize(
    ("value", "in_ascii"),
    [
        ("≈ 3 µg, 5 μs", "~ 3 ug, 5 us"),
        ("−38 % … ≤ 2 × 3 ± 1", "-38 % ... <= 2 x 3 +/- 1"),
        ("CPU · memory ▲ → “so”", 'CPU - memory ^ -> "so"'),
        ("Zoë Łódź Ærø straße", "Zoe Lodz AEro strasse"),
        ("ﬁne ½", "fine 1/2"),
        ("日本😀", "???"),
    ],
)
def test_what_an_encoding_lacks_is_written_in_ascii(value, in_ascii):
    assert plain.encodable(value, "ascii") == in_ascii
    assert plain.encodable(value, "utf-8") == value


def test_characters_that_the_encoding_has_stay():
    assert plain.encodable("µ ± é ≈", "latin-1") == "µ ± é ~"


@given(st.text(max_size=60), st.integers(4, 40))
def test_a_shortened_name_fits_its_columns(name, width):
    for shorten in (text_tables.head, text_tables.middle):
        assert plain.columns(shorten(plain.one_line(name), width)) <= width


def test_a_name_is_cut_in_the_middle():
    assert (
        text_tables.middle("/home/ada/projects/thesis/analysis.ipynb", 24)
        == "/home/a…s/analysis.ipynb"
    )
    assert plain.columns("日本😀e\u0301") == 7


def test_columns_align_in_any_script():
    rows = [("日本.ipynb", "1"), ("plain.ipynb", "22"), ("e\u0301.ipynb", "3")]
    lines = text_tables.table(("notebook", "runs"), rows).splitlines()
    assert len({plain.columns(line) for line in lines}) == 1
