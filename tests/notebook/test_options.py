from __future__ import annotations

import pytest

from greenlab.notebook import options
from greenlab.notebook.options import OptionError, Options, parse


def test_nothing_is_the_default():
    assert parse("") == Options()


def test_all_options():
    assert parse("-o rec -q -r 3 --scope host --precise") == Options(
        "rec", True, 3, "host", True
    )


def test_a_statement_stays_as_written():
    parsed = parse("-q -r 2 f('a  b', -1) - g", statement=True)
    assert (parsed.quiet, parsed.repeat) == (True, 2)
    assert parsed.rest == "f('a  b', -1) - g"


def test_a_negative_statement_follows_two_dashes():
    assert parse("-- -x", statement=True).rest == "-x"


@pytest.mark.parametrize(
    "line", ["--bogus", "-r", "-r x", "-r 0", "-o 1a", "-o 'a b'", "--scope moon", "-o 'a"]
)
def test_what_does_not_parse_says_so(line):
    with pytest.raises(OptionError, match="%%energy"):
        parse(line)


def test_what_is_no_option_names_those_that_are():
    with pytest.raises(OptionError, match=r"no option --bogus.*\[-o NAME\].*--scope.*--budget"):
        parse("--bogus")
    with pytest.raises(OptionError, match="code goes below the line; %energy STATEMENT"):
        parse("model.fit(X)")


def test_a_comment_is_passed_over():
    assert parse("# why") == Options()
    assert parse("-q -r 3  # three times") == Options(quiet=True, repeat=3)
    assert parse("--compare S01 --metric \"d['#']\"").metric == "d['#']"
    assert parse("f(x)  # why", statement=True).rest == "f(x)  # why"


def test_the_help_names_every_option():
    text = options.help_text()
    assert all(flag in text for flag in ("-o", "-q", "-r", "--scope"))


def test_a_loss_is_negated_to_be_a_metric():
    known = options.parse("--compare T12 --metric -val_losses[-1] --max-drop 0.1")
    assert (known.metric, known.max_drop) == ("-val_losses[-1]", 0.1)


@pytest.mark.parametrize(
    ("time", "budget_s"),
    [("90", 90), ("5s", 5), ("0.5s", 0.5), ("2m", 120), ("2min", 120), ("1h", 3600)],
)
def test_a_budget_is_a_time(time, budget_s):
    assert parse(f"--compare T01 --budget {time}").budget_s == budget_s


@pytest.mark.parametrize("time", ["0", "-1", "soon", "2d"])
def test_a_budget_that_is_none_says_so(time):
    with pytest.raises(OptionError, match="a time is written"):
        parse(f"--compare T01 --budget={time}")


def test_a_metric_is_an_expression():
    with pytest.raises(
        OptionError, match=r"the metric is not an expression: '\(' was never closed"
    ):
        parse("--compare T01 --metric f(")


def test_units_of_work():
    parsed = parse('--per "len(texts)" text --per n_pages "pages of text" -q')
    assert parsed.per == (("len(texts)", "text"), ("n_pages", "pages of text"))
    parsed = parse('--per "len(x) + 1" row -q f("a b", x)', statement=True)
    assert (parsed.per, parsed.quiet) == ((("len(x) + 1", "row"),), True)
    assert parsed.rest == 'f("a b", x)'
    assert parse("--per -n+10 row").per == (("-n+10", "row"),)


@pytest.mark.parametrize(
    "line", ["--per", "--per n", '--per "len(" row', '--per "" row', "--per n ''", "--per n -q"]
)
def test_units_that_are_not_written_right(line):
    with pytest.raises(OptionError, match="--per"):
        parse(line)
