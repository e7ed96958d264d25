"""Lines as people see them."""

from dataclasses import replace

from greenlab.record import CellRecord, Figure, display, line_display
from greenlab.record.lines import LineEnergies, LineUse
from tests.ledger.conftest import record


def figure(joules):
    return Figure.within(joules, 0.9 * joules, 1.1 * joules, level=0.95, tier="modelled")


def use(line, joules, **fields):
    whole = {"cpu_s": 1.0, "duration_s": 1.0, "samples": 90, "text": f"line_{line}()"} | fields
    return LineUse(file=None, line=line, energy_j=figure(joules), execution_count=4, **whole)


def with_lines(code, cell=(), **fields):
    whole = record()
    lines = LineEnergies(tuple(code), tuple(cell), figure(1.0), 1.0, 0.01, 100, True, **fields)
    return replace(whole, execution_count=4, energy_j=figure(20.0), lines=lines)


def test_the_five_heaviest_and_what_is_on_no_line():
    one = with_lines([use(n, 10 - n) for n in range(1, 9)])
    text = "\n".join(line_display.text(one))
    assert "9 J   45 % ██████████ line 1  line_1()" in text
    assert "line_5()" in text
    assert "line_6()" not in text
    assert "not on a line: 1 J; a sample every 10 ms" in text


def test_a_long_line_is_cut_with_a_sign_of_it():
    (line,) = line_display.text(with_lines([use(1, 5.0, text="x" * 100)]))[1:2]
    assert line.endswith(f"{'x' * 69}…")
    whole = "y" * 70
    assert line_display.text(with_lines([use(1, 5.0, text=whole)]))[1].endswith(whole)


def test_a_line_shorter_than_a_period_has_a_bound_alone():
    short = use(2, 0.02, cpu_s=0.004, duration_s=0.004, samples=1)
    one = with_lines([use(1, 5.0), short])
    assert any("below 22 mJ" in line for line in line_display.text(one))
    late = use(2, 5.0, cpu_s=0.5, duration_s=0.5, samples=1)  # C code that held the lock
    assert not any("below" in line for line in line_display.text(with_lines([late])))


def test_the_cell_is_listed_with_a_bar_per_line():
    one = with_lines([use(2, 5.0)], [use(2, 5.0)])
    source = "a = 1\nline_2()  # comment\nb = 2"
    rows = line_display.text(one, source)[-3:]
    assert [row.split("  ")[-1].strip() for row in rows] == ["a = 1", "# comment", "b = 2"]
    assert "██████████" in rows[1]
    assert "█" not in rows[0]


def test_lines_that_nobody_asked_for_are_not_shown_below_the_cell():
    one = with_lines([use(1, 5.0)])
    unasked = replace(one, lines=replace(one.lines, asked=False))
    assert line_display.text(unasked) == []
    assert line_display.html(unasked) == ""
    assert line_display.text(replace(one, lines=None)) == []


def test_the_html_keeps_to_what_notebooks_allow_and_escapes_code():
    bad = "<script>alert(1)</script>"
    html = display.bundle(with_lines([use(1, 5.0, text=bad)]), source=bad)["text/html"]
    assert "<script" not in html
    assert "<meter" in html
    assert "style=" not in html


def test_gpu_lines_say_whom_they_charge():
    waiting = line_display.text(with_lines([use(1, 5.0)], gpu="waiting"))
    assert any("the line that waits for it" in line for line in waiting)
    assert any("--sync" in line for line in waiting)
    both = line_display.text(
        with_lines([use(1, 5.0)], gpu="synchronised", note="waited 3 times")
    )
    assert both[-1] == "waited 3 times"


def test_a_record_with_lines_survives_json():
    one = with_lines([use(1, 5.0)], [use(2, 3.0)], gpu="waiting")
    assert CellRecord.from_dict(one.to_dict()) == one
    assert "lines" not in replace(one, lines=None).to_dict()


def test_other_cells_and_files_are_named():
    other = replace(use(3, 2.0, function="fit"), execution_count=2)
    file = replace(use(8, 2.0), file="/home/u/lib/train.py", execution_count=None)
    one = with_lines([other, file])
    assert line_display.where_text(other, one) == "[2] line 3, fit"
    assert line_display.where_text(file, one) == "train.py line 8"
