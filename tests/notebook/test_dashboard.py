"""The widget in a real kernel: it draws, follows what runs after it, and weighs little."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import greenlab
from greenlab import session
from greenlab.notebook import svg_charts, plotly_figure
from greenlab.record.cell import KIND_NAMES

NEW = "%load_ext greenlab\nimport greenlab"
BUSY = "end = time.process_time() + 0.2\nwhile time.process_time() < end: pass"


def points(markup):
    """Of the areas, lowest first: the corners of each."""
    return [
        [tuple(map(float, corner.split(","))) for corner in area.split()]
        for area in re.findall(r'<polygon points="([^"]*)"', markup)
    ]


def test_it_draws_and_follows(kernel):
    kernel.run(NEW)
    assert kernel.run("box = greenlab.dashboard()").status == "ok"
    before = kernel.run("print(box.value)").text
    assert "1 cell run," in before
    kernel.run(f"import time; time.sleep(1)\n{BUSY}")
    kernel.run("time.sleep(1)")
    after = kernel.run("print(box.value)").text
    assert len(points(after)[0]) > len(points(before)[0])
    labels = re.findall(r">(\[\d+\])<", after)
    assert labels.index("[4]") < labels.index("[5]")  # what slept comes after what worked
    assert kernel.run("box.close()").status == "ok"
    assert "warning" not in kernel.run("%greenlab").text


def test_it_draws_before_anything_was_weighed(kernel):
    kernel.run("import greenlab")
    assert kernel.run("box = greenlab.dashboard()").status == "ok"
    assert "energy not known" in kernel.run("print(box.value)").text


def test_a_terminal_shows_its_text(kernel):
    kernel.run(NEW)
    kernel.run("pass")
    reply = kernel.run("greenlab.dashboard()")
    (shown,) = [
        m["content"]["data"] for m in reply.messages if m["msg_type"] == "execute_result"
    ]
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "1 cell run," in shown["text/plain"]
    assert "HTML(" not in shown["text/plain"]
    assert "<" not in shown["text/plain"]


def test_it_loads_nothing_that_is_heavy(kernel):
    kernel.run(NEW)
    kernel.run("box = greenlab.dashboard()")
    heavy = "{'plotly', 'pandas', 'numpy', 'anywidget', 'matplotlib'}"
    assert kernel.run(f"import sys; {heavy} & set(sys.modules)").value == "set()"


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.floats(0, 1e6), st.floats(0, 1e6)),
        min_size=1,
        max_size=700,
    )
)
def test_areas_stay_in_the_picture_and_upon_each_other(steps):
    times_s, cpu, ram = [0.0], [0.0], [0.0]
    for seconds, first, second in steps:
        times_s.append(times_s[-1] + seconds)
        cpu.append(cpu[-1] + first)
        ram.append(ram[-1] + second)
    markup = svg_charts.over_time(times_s, {"cpu": cpu, "ram": ram})
    if not markup:
        assert times_s[-1] == 0 or cpu[-1] + ram[-1] == 0
        return
    ElementTree.fromstring(markup)
    low, high = points(markup)
    half = len(low) // 2
    assert half <= svg_charts.POINTS
    for x, y in (*low, *high):
        assert svg_charts.LEFT - 0.1 <= x <= svg_charts.WIDTH + 0.1
        assert svg_charts.TOP - 0.1 <= y <= svg_charts.HEIGHT - svg_charts.BOTTOM + 0.1
    assert high[half:] == low[:half][::-1]
    assert high[half - 1][1] == pytest.approx(svg_charts.TOP, abs=0.1)


def test_bars_are_as_long_as_they_weigh_and_names_are_text():
    markup = svg_charts.by_cell(
        [("[3]", 10.0, "10 J"), ("<b>", 5.0, "5 J"), ("[1]", 0.0, "0 J")]
    )
    ElementTree.fromstring(markup)
    long, half, none = (float(one) for one in re.findall(r'<rect [^>]*width="([^"]*)"', markup))
    assert (half, none) == (pytest.approx(long / 2, abs=0.1), 0)
    assert "&lt;b&gt;" in markup
    assert svg_charts.by_cell([]) == ""


def test_its_chart_is_also_a_plotly_figure_that_ends_at_the_total():
    with greenlab.measure("one"):
        sum(range(10**6))
    with greenlab.measure("two"):
        sum(range(10**6))
    figure = greenlab.dashboard().figure()
    totals = session.current().totals()
    assert {trace.name for trace in figure.data} == {
        KIND_NAMES[kind] for kind, one in totals.by_kind.items() if one.value
    }
    assert sum(trace.y[-1] for trace in figure.data) == pytest.approx(totals.energy_j.value)
    assert all(list(trace.x) == sorted(trace.x) for trace in figure.data)


def test_a_plotly_figure_of_nothing_is_empty():
    assert plotly_figure.over_time(0.0, [], {}).data == ()
