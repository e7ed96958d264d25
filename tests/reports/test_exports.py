import io
import json
import time
from csv import DictReader
from dataclasses import fields, replace
from datetime import datetime, timedelta

import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenlab.cli import main
from greenlab.ledger import Ledger
from greenlab.reports import EXPORTS
from greenlab.reports.exports import codecarbon, csv, jsonl
from greenlab.record import BackgroundUse, CellRecord, Component, Figure, Intensity
from greenlab.session.open_window import utc

from tests.record.strategies import records

from tests.ledger.conftest import FRANCE, figure, record
from tests.ledger.test_sums import START, chosen


@pytest.fixture
def greenlab_export(monkeypatch, tmp_path):
    """What the command writes into a file."""

    def command(ledger_path, name):
        monkeypatch.setenv("GREENLAB_LEDGER", str(ledger_path))
        out = tmp_path / f"out.{name}"
        assert main(["export", "--format", name, "-o", str(out)]) == 0
        return out.read_text(encoding="utf-8")

    return command


def exported(export, records):
    out = io.StringIO(newline="")
    assert export.write(iter(records), out) == len(records)
    out.seek(0)
    return out


def test_each_format_has_its_own_name():
    assert [export.NAME for export in EXPORTS] == ["csv", "jsonl", "codecarbon"]


@pytest.mark.parametrize("export", EXPORTS)
def test_nothing_to_export_is_no_error(export):
    assert exported(export, []).read().count("\n") <= 1


def test_jsonl_holds_the_whole_records():
    records = [record(name='Δ, "x"\nline'), record()]
    lines = exported(jsonl, records).read().splitlines()
    assert [CellRecord.from_dict(json.loads(line)) for line in lines] == records


def test_csv_keeps_units_bounds_and_tiers():
    records = [record(name='a, "b"\nc'), record(energy_j=Figure.missing("none"), components=())]
    table = pandas.read_csv(exported(csv, records))
    assert len(table) == 2
    assert table.energy_j[0] == 3.6e6
    assert table.energy_j_low[0] == pytest.approx(3.24e6)
    assert table.energy_j_tier.tolist() == ["measured", "missing"]
    assert table.name[0] == 'a, "b"\nc'
    assert table.energy_j.isna().tolist() == [False, True]  # missing is not 0
    assert table.cpu_j.isna().tolist() == [False, True]
    assert table.intensity_value[0] == 56.0


def test_csv_says_what_ran_in_the_background_and_where_that_is_not_known():
    parts = (BackgroundUse(0.5, 0.75, "r1", 3), BackgroundUse(0.25, 0.25, None, None))
    table = pandas.read_csv(exported(csv, [record(background=parts), record(background=None)]))
    assert table.background_s_low[0] == 0.75
    assert table.background_s_high[0] == 1.0
    assert table.background_of[0] == "r1"
    assert table.background_s_high.isna()[1]  # not known is not 0


def test_csv_says_a_gpu_s_tail_and_where_that_is_not_known():
    kept = [record(async_tail=tail) for tail in (True, False, None)]
    table = pandas.read_csv(exported(csv, kept), dtype={"async_tail": "boolean"})
    assert table.async_tail.tolist() == [True, False, pandas.NA]


def test_codecarbon_columns_are_those_of_the_installed_package():
    from codecarbon.output_methods.emissions_data import EmissionsData

    assert [field.name for field in fields(EmissionsData)] == list(codecarbon.COLUMNS)


def test_codecarbon_rows_are_in_kilograms_and_kilowatt_hours():
    part = Component(
        "gpu", "GPU 0", "nvml", figure(1.8e6), figure(1.8e6), figure(1.0), figure(0.0)
    )
    kept = record(energy_j=figure(3.6e6), emissions_g=figure(56.0), duration_s=100.0)
    kept = replace(kept, components=(*kept.components, part), gpu_busy=0.25)
    (row,) = pandas.read_csv(exported(codecarbon, [kept])).to_dict("records")
    assert row["energy_consumed"] == pytest.approx(1.0)  # kWh
    assert row["emissions"] == pytest.approx(0.056)  # kg
    assert row["emissions_rate"] == pytest.approx(0.00056)  # kg/s
    assert row["gpu_energy"] == pytest.approx(0.5)
    assert row["gpu_power"] == pytest.approx(18_000)  # W
    assert row["gpu_utilization_percent"] == 25
    assert row["country_iso_code"] == "FRA"
    assert row["project_name"] == "analysis"
    assert row["run_id"] == kept.id
    assert pandas.isna(row["ram_energy"])
    assert pandas.isna(row["water_consumed"])
    assert pandas.to_datetime(row["timestamp"]).year == 2026


def test_codecarbon_energies_include_the_pue_as_the_peer_counts_them():
    kept = record(energy_j=figure(3.6e6), pue=1.5)
    (row,) = pandas.read_csv(exported(codecarbon, [kept])).to_dict("records")
    assert row["energy_consumed"] == pytest.approx(1.5)
    assert row["cpu_energy"] == pytest.approx(1.5)
    assert row["pue"] == 1.5


@pytest.mark.parametrize(
    ("zone", "name", "code", "region"),
    [
        ("US-CA", "California, USA", "USA", "california"),
        ("SE3", "Sweden Bidding Zone 3", "SWE", "SE3"),
        ("WORLD", "World", None, None),
        ("FR", "France", "FRA", None),
        ("Atlantis", "Atlantis", None, None),
    ],
)
def test_codecarbon_places(zone, name, code, region):
    kept = record(intensity=replace(FRANCE, zone=zone, zone_name=name))
    (row,) = pandas.read_csv(exported(codecarbon, [kept])).to_dict("records")
    assert (None if pandas.isna(row["country_iso_code"]) else row["country_iso_code"]) == code
    assert (None if pandas.isna(row["region"]) else row["region"]) == region


def test_missing_figures_are_empty_and_not_zero():
    gone = Figure.missing("no counter")
    nowhere = Intensity(None, "Atlantis", "Atlantis", "none", None, "missing")
    kept = record(
        energy_j=gone, emissions_g=gone, components=(), intensity=nowhere, duration_s=0.0
    )
    (row,) = pandas.read_csv(exported(codecarbon, [kept])).to_dict("records")
    for column in ("energy_consumed", "emissions", "emissions_rate", "cpu_energy"):
        assert pandas.isna(row[column])


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(records, min_size=1, max_size=4, unique_by=lambda one: one.id))
def test_what_lies_in_the_ledger_is_exported_byte_for_byte(tmp_path, kept):
    path = tmp_path / "exported.sqlite"
    path.unlink(missing_ok=True)
    ledger = Ledger(path)
    for one in kept:
        ledger.add(one)
    found = ledger.records()
    assert sorted(found, key=lambda one: one.id) == sorted(kept, key=lambda one: one.id)
    for export in EXPORTS:
        one, other = io.StringIO(newline=""), io.StringIO(newline="")
        assert export.write(found, one) == export.write_stored(ledger.stored(), other)
        assert one.getvalue() == other.getvalue()
    ledger.close()


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(chosen(), min_size=1, max_size=8, unique_by=lambda one: one.id),
    st.sampled_from([None, "/a.ipynb"]),
    st.sampled_from([None, START + timedelta(minutes=1500)]),
)
def test_rows_that_others_add_up_come_to_the_totals(tmp_path, kept, notebook, since):
    path = tmp_path / "added.sqlite"
    path.unlink(missing_ok=True)
    ledger = Ledger(path)
    for one in kept:
        ledger.add(one)
    out = io.StringIO(newline="")
    found = ledger.stored(notebook=notebook, since=since, counting=True)
    codecarbon.write_stored(found, out)
    totals = ledger.totals(notebook=notebook, since=since)
    ledger.close()
    out.seek(0)
    rows = list(DictReader(out))
    for column, per_unit, figure in (
        ("energy_consumed", 3.6e6, totals.energy_j),
        ("emissions", 1000, totals.emissions_g),
    ):
        cells = [float(row[column]) for row in rows if row[column]]
        if figure.value is None:
            assert not cells
        else:
            assert sum(cells) * per_unit == pytest.approx(figure.value, rel=1e-9, abs=1e-6)
    seconds = [float(row["duration"]) for row in rows]
    assert sum(seconds) == pytest.approx(totals.duration_s, rel=1e-9, abs=1e-6)
    if notebook is None and since is None:
        parsed = io.StringIO(newline="")
        codecarbon.write(sorted(kept, key=lambda one: (one.started_at, one.id)), parsed)
        assert list(DictReader(io.StringIO(parsed.getvalue()))) == rows


HARMFUL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("https://x/"&A1)']


@pytest.mark.parametrize("text", HARMFUL)
@pytest.mark.parametrize("stored", [False, True])
def test_no_text_is_a_formula_in_a_spreadsheet(ledger, text, stored):
    kept = record(
        name=text,
        notebook=f"{text}.ipynb",
        cell_id=text,
        host=text,
        intensity=replace(FRANCE, zone_name=text, zone=text),
        cpu_s=-2.5,  # a number stays one
        components=(replace(record().components[0], device=text),),
    )
    ledger.add(kept)
    for export in (csv, codecarbon):
        out = io.StringIO(newline="")
        if stored:
            export.write_stored(ledger.stored(), out)
        else:
            export.write([kept], out)
        out.seek(0)
        (row,) = DictReader(out)
        found = [cell for cell in row.values() if cell.lstrip("'").startswith(text[:2])]
        assert found
        assert all(cell.startswith("'") for cell in found)
        if export is csv:
            assert row["cpu_s"] == "-2.5"
            assert (row["name"], row["notebook"]) == (f"'{text}", f"'{text}.ipynb")


def test_several_devices_of_a_kind_add_up_as_the_record_says(ledger):
    part, gone = record().components[0], Figure.missing("lost")
    open_ended = replace(figure(1.0), high=None, lacks=("a part",))
    for energies in (
        [figure(1.0), figure(2.5)],
        [figure(1.0), gone],
        [gone, gone],
        [open_ended],
    ):
        ledger.add(record(components=tuple(replace(part, energy_j=one) for one in energies)))
    for export in (csv, codecarbon):
        one, other = io.StringIO(newline=""), io.StringIO(newline="")
        export.write(ledger.records(), one)
        export.write_stored(ledger.stored(), other)
        assert one.getvalue() == other.getvalue()


def test_names_that_are_no_utf_8_are_exported(greenlab_export, ledger, tmp_path):
    ledger.add(record(name="caf\udce9", notebook="caf\udce9.ipynb"))
    for export in EXPORTS:
        assert "caf" in greenlab_export(ledger.path, export.NAME)


@pytest.mark.skipif(
    not hasattr(time, "tzset"), reason="the zone of a process cannot be changed"
)
@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]
)
def test_a_row_s_time_is_the_local_one_also_when_clocks_change(monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        codecarbon._local_minute.cache_clear()
        for start in ("2026-03-29T00:59:59.5", "2026-10-25T00:30:00", "2026-04-04T14:10:00.25"):
            for minutes in range(0, 180, 7):
                for offset in ("Z", "+05:30"):
                    begin = datetime.fromisoformat(start + offset) + timedelta(minutes=minutes)
                    ended = begin + timedelta(seconds=1800.25)
                    expected = ended.astimezone().isoformat(timespec="seconds")[:19]
                    assert codecarbon._ended(begin.isoformat(), 1800.25) == expected
                    assert codecarbon._ended(utc(begin.timestamp()), 1800.25) == expected
    finally:
        monkeypatch.undo()
        time.tzset()
        codecarbon._local_minute.cache_clear()


ODD = [
    "50 % %s",
    'a, "b"',
    "two\nlines",
    "=1",
    "Δ",
    "back\\slash",
    "",
    " ",
    "null",
    "'",
    "a'b",
    "1e5",
]


@pytest.mark.parametrize("text", ODD)
def test_any_text_comes_out_of_the_ledger_as_the_record_has_it(ledger, text):
    place = replace(FRANCE, zone=text, zone_name=text)
    for number in range(3):
        ledger.add(
            record(
                name=text,
                cell_id=text,
                notebook=f"/{text}",
                id=f"{number}{text}",
                intensity=place,
            )
        )
    for export in EXPORTS:
        one, other = io.StringIO(newline=""), io.StringIO(newline="")
        export.write(ledger.records(), one)
        export.write_stored(ledger.stored(), other)
        assert one.getvalue() == other.getvalue()


def test_a_time_that_no_calendar_has_is_an_empty_cell():
    assert codecarbon._ended("2026-11-29T17:05:01.123456Z", 1e300) == ""
    assert codecarbon._ended("9999-12-31T23:59:59+00:00", 1e6) == ""


def test_a_time_without_an_offset_is_utc_as_it_is_everywhere():
    bare = codecarbon._ended("2026-11-29T17:05:01.5", 2.0)
    assert bare == codecarbon._ended("2026-11-29T17:05:01.500000Z", 2.0)


@pytest.mark.parametrize("begin", ["59.999999", "00.000000", "07.300000"])
def test_a_row_s_seconds_are_those_of_its_end(begin):
    for duration_s in (0.0, 0.7, 0.000001, 59.3, 86_400.0):
        start = datetime.fromisoformat(f"2026-11-29T17:05:{begin}+00:00")
        ended = start + timedelta(seconds=duration_s)
        expected = ended.astimezone().isoformat(timespec="seconds")[:19]
        assert codecarbon._ended(f"2026-11-29T17:05:{begin}Z", duration_s) == expected


def test_records_that_begin_together_come_in_one_order(ledger, monkeypatch):
    monkeypatch.setattr("greenlab.ledger.ledger._PAGE", 3)
    at = record().started_at
    for number in (5, 1, 4, 2, 3, 0, 6):
        ledger.add(record(id=f"r{number}", started_at=at))
    ids = [f"r{number}" for number in range(7)]
    assert [one.id for one in ledger.records()] == ids
    assert [one.record.id for one in ledger.stored()] == ids
