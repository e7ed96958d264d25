"""Figures and records for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from greenlab.record import BackgroundUse, CellRecord, Component, Figure, Intensity, UnitCount

joules = st.floats(0, 1e7, allow_nan=False).map(lambda value: round(value, 6))
tiers = st.sampled_from(["measured", "modelled", "assumed"])


@st.composite
def known_figures(draw):
    low, value, high = sorted(draw(st.lists(joules, min_size=3, max_size=3)))
    return Figure(value, low, high, draw(st.sampled_from([0.9, 0.95, 0.999])), draw(tiers))


figures = st.one_of(
    known_figures(), st.sampled_from(["no permission", "driver gone"]).map(Figure.missing)
)

intensities = st.builds(
    Intensity,
    value=st.one_of(st.none(), st.floats(0, 2000)),
    zone=st.sampled_from(["FR", "US-CA", "WORLD"]),
    zone_name=st.just("somewhere"),
    source=st.just("a table"),
    year=st.one_of(st.none(), st.integers(2000, 2030)),
    tier=tiers,
)

components = st.builds(
    Component,
    kind=st.sampled_from(["cpu", "ram", "gpu"]),
    device=st.sampled_from(["package 0", "gpu 0"]),
    source=st.sampled_from(["rapl", "nvml"]),
    energy_j=figures,
    host_energy_j=figures,
    active_j=figures,
    idle_j=figures,
)


@st.composite
def backgrounds(draw):
    low_s, high_s = sorted(draw(st.tuples(st.floats(0, 1e5), st.floats(0, 1e5))))
    of = draw(st.sampled_from([(None, None), ("r1", 3), ("r2", None)]))
    return BackgroundUse(low_s, high_s, *of)


@st.composite
def works(draw):
    count = draw(st.one_of(st.integers(0, 10**9).map(float), st.floats(0, 1e6)))
    part, beside = draw(st.floats(0, 1)), draw(st.sampled_from([0.0, 2.0]))
    energy = draw(st.one_of(st.none(), figures))
    unit = draw(st.sampled_from(["token", "prefill token", "image", 'a "b", =c']))
    return UnitCount(unit, count, energy, count * part, beside)


records = st.builds(
    CellRecord,
    id=st.uuids().map(str),
    kernel_id=st.just("k"),
    host=st.just("h"),
    notebook=st.one_of(st.none(), st.just("a/b.ipynb")),
    cell_id=st.one_of(st.none(), st.just("c1")),
    execution_count=st.one_of(st.none(), st.integers(1, 99)),
    source_hash=st.just("abc"),
    name=st.one_of(st.none(), st.text(max_size=8)),
    started_at=st.just("2026-01-01T00:00:00.000000Z"),
    duration_s=st.floats(0, 1e5),
    status=st.sampled_from(["ok", "error", "interrupted"]),
    energy_j=figures,
    host_energy_j=figures,
    components=st.lists(components, max_size=3).map(tuple),
    emissions_g=figures,
    intensity=intensities,
    cpu_s=st.one_of(st.none(), st.floats(0, 1e5)),
    gpu_busy=st.one_of(st.none(), st.floats(0, 1)),
    async_tail=st.sampled_from([None, False, True]),
    background=st.one_of(st.none(), st.lists(backgrounds(), max_size=2).map(tuple)),
    work=st.lists(works(), max_size=3, unique_by=lambda one: one.unit).map(tuple),
)
