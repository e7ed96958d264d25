"""Answers in OpenAI's form: objects, dicts, and streams of them."""

import logging
from types import SimpleNamespace as Answer

import pytest

from greenlab import measure
from greenlab.work_counters import count_response
from tests.work_counters.conftest import units


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21},
        {"input_tokens": 9, "output_tokens": 12, "total_tokens": 21},
    ],
)
@pytest.mark.parametrize("form", ["object", "dict", "event"])
def test_the_usage_is_counted_and_the_answer_given_back(machine, usage, form):
    answer = {
        "object": Answer(id="a", usage=Answer(**usage)),
        "dict": {"id": "a", "usage": usage},
        "event": Answer(type="response.completed", response=Answer(usage=Answer(**usage))),
    }[form]
    with measure() as m:
        assert count_response(answer) is answer
    assert units(m.record) == {"token": 12, "prompt token": 9}


def test_a_streams_last_piece_is_counted(machine):
    pieces = [Answer(text="a", usage=None), Answer(text="b", usage=None)]
    pieces.append(Answer(text="", usage=Answer(prompt_tokens=3, completion_tokens=2)))
    with measure() as m:
        assert list(count_response(iter(pieces))) == pieces
    assert units(m.record) == {"token": 2, "prompt token": 3}


def test_a_stream_that_tells_the_sums_so_far(machine):
    pieces = [{"usage": {"prompt_tokens": 3, "completion_tokens": n}} for n in (0, 1, 2, 5)]
    with measure() as m:
        list(count_response(iter(pieces)))
    assert units(m.record) == {"token": 5, "prompt token": 3}


def test_a_stream_that_is_left_is_closed(machine):
    closed = []

    def pieces():
        try:
            yield Answer(usage=None)
            yield Answer(usage=None)
        finally:
            closed.append(True)

    stream = count_response(pieces())
    next(stream)
    stream.close()
    assert closed == [True]


@pytest.mark.parametrize("answer", [Answer(usage=None), {"choices": []}, None, "text", 3])
def test_without_usage_it_says_so_once(machine, caplog, answer):
    with measure() as m, caplog.at_level(logging.WARNING, "greenlab"):
        for _ in range(3):
            assert count_response(answer) is answer
    (text,) = [one.message for one in caplog.records]
    assert "include_usage" in text
    assert m.record.work == ()
