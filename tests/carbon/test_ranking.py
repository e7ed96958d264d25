"""Several sources that know the same zone, at different times."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab.carbon import at, codecarbon_files, ranking, resolve, sources
from greenlab.carbon.slots import Slot, Span, Zone, fill, throughout
from greenlab.record import Intensity

MIDNIGHT = datetime(2026, 11, 1, tzinfo=UTC)


def hours(start, end):
    return Span(MIDNIGHT + timedelta(hours=start), MIDNIGHT + timedelta(hours=end))


def intensity(value, zone="FR", **more):
    return Intensity(value, zone, "France", "a test", 2026, "modelled", **more)


def source(*slots, zone="FR", name="FRANCE"):
    """A source of one zone, with what it knows of it: (start, end, intensity) in hours."""
    known = [Slot(hours(start, end), one) for start, end, one in slots]

    def find(text):
        return Zone(zone, name) if text.upper() in {zone, name} else None

    def at(code, span):
        return tuple(slot for slot in known if slot.span.within(span)) if code == zone else ()

    return SimpleNamespace(find=find, zones=lambda: [zone], at=at)


@pytest.fixture
def ranked(monkeypatch):
    """Put sources before those that are there."""

    def put(*before):
        monkeypatch.setattr(sources, "SOURCES", (*before, *sources.SOURCES))

    return put


def test_a_second_source_for_a_zone_makes_it_neither_missing_nor_ambiguous(ranked, monkeypatch):
    yearly = resolve("FR")
    always = SimpleNamespace(
        find=lambda text: Zone("FR", "La France") if text in {"FR", "France"} else None,
        zones=lambda: ["FR"],
        at=lambda code, span: throughout(span, intensity(31.0)) if code == "FR" else (),
    )
    ranked(always)
    assert resolve("FR").value == resolve("France").value == 31.0
    assert resolve("fra") == resolve("FR")  # a name that only a later source knows
    monkeypatch.setattr(sources, "SOURCES", (*sources.SOURCES[1:], always))
    assert resolve("FR") == yearly  # the order decides
    monkeypatch.setenv("TZ", "Europe/Paris")
    assert resolve().value == yearly.value


def test_a_guessed_zone_takes_the_first_source_too(ranked, monkeypatch):
    ranked(SimpleNamespace(find=lambda _: None, zones=list, at=source_of_now))
    monkeypatch.setenv("TZ", "Europe/Paris")
    found = resolve()
    assert (found.value, found.tier) == (31.0, "assumed")


def source_of_now(code, span):
    return throughout(span, intensity(31.0)) if code == "FR" else ()


def test_only_different_zones_are_ambiguous(ranked):
    ranked(source(zone="US-GA", name="GEORGIA"), source(zone="GE", name="GEORGIA"))
    reason = resolve("Georgia").reason
    assert "Georgia is more than one zone" in reason
    assert reason.count("US-GA") == reason.count("GE (") == 1


def test_the_first_answer_wins_and_what_it_leaves_open_is_asked_of_the_next(ranked):
    live, other, year = intensity(20.0), intensity(40.0), resolve("FR")
    ranked(source((1, 2, live), (3, 4, live)), source((0, 4, other)))
    slots = at("FR", hours(0, 6))
    assert [(slot.span, slot.intensity) for slot in slots] == [
        (hours(0, 1), other),
        (hours(1, 2), live),
        (hours(2, 3), other),
        (hours(3, 4), live),
        (hours(4, 6), year),
    ]


def test_bases_and_kinds_are_never_mixed(ranked):
    direct = intensity(20.0, basis="direct")
    marginal = intensity(90.0, kind="marginal")
    ranked(source((1, 2, direct)), source((0, 4, marginal)))
    known, rest = [], []
    for slot in at("FR", hours(0, 4)):
        (rest if slot.intensity.value is None else known).append(slot)
    assert [(slot.span, slot.intensity) for slot in known] == [(hours(1, 2), direct)]
    assert [slot.span for slot in rest] == [hours(0, 1), hours(2, 4)]
    assert all(slot.intensity.reason for slot in rest)


def test_a_source_without_a_figure_gives_way_and_its_reason_is_kept(ranked):
    ranked(source((0, 24, intensity(None, reason="the key is refused"))))
    assert at("FR", hours(0, 1))[0].intensity == resolve("FR")
    ranked(source((0, 24, intensity(None, "XX", reason="the key is refused")), zone="XX"))
    (slot,) = at("XX", hours(0, 1))
    assert slot.intensity.reason == "the key is refused"
    (slot,) = at("no zone", hours(0, 1))
    assert slot.intensity.value is None
    assert slot.intensity.reason


def test_a_source_that_cannot_be_read_does_not_hide_the_others(ranked, monkeypatch):
    def broken(*_):
        raise codecarbon_files.DataMoved("its file is gone")

    ranked(SimpleNamespace(find=broken, zones=list, at=broken))
    assert resolve("FR").value
    monkeypatch.setattr(sources, "SOURCES", sources.SOURCES[:1])
    assert "its file is gone" in resolve("FR").reason
    with pytest.raises(codecarbon_files.DataMoved):
        ranking.at("FR", hours(0, 1))


def test_a_span_needs_a_length_and_an_offset():
    with pytest.raises(ValueError, match="offset"):
        Span(datetime(2026, 1, 1), datetime(2026, 1, 2))
    with pytest.raises(ValueError, match="ends after"):
        Span(MIDNIGHT, MIDNIGHT)


spans = st.tuples(st.integers(0, 30), st.integers(1, 20)).map(lambda p: hours(p[0], sum(p)))


@given(spans, st.lists(spans, max_size=8))
def test_slots_and_gaps_part_a_span_exactly(whole, parts):
    taken, gaps = fill(
        [whole], [Slot(part, intensity(float(n))) for n, part in enumerate(parts)]
    )
    pieces = sorted([*(slot.span for slot in taken), *gaps], key=lambda span: span.start)
    assert pieces[0].start == whole.start
    assert pieces[-1].end == whole.end
    assert all(one.end == other.start for one, other in zip(pieces, pieces[1:]))
    for slot in taken:  # the first that covers it
        first = next(n for n, part in enumerate(parts) if slot.span.within(part) == slot.span)
        assert slot.intensity.value == first
