import io
import json
from dataclasses import fields, replace

import pandas
import pytest

from greenlab.ledger.exports import EXPORTS, codecarbon, csv, jsonl
from greenlab.record import Background, CellRecord, Component, Figure, Intensity

from .conftest import FRANCE, figure, record


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


def test_csv_tells_what_ran_in_the_background_and_where_that_is_not_known():
    parts = (Background(0.5, 0.75, "r1", 3), Background(0.25, 0.25, None, None))
    table = pandas.read_csv(exported(csv, [record(background=parts), record(background=None)]))
    assert table.background_s_low[0] == 0.75
    assert table.background_s_high[0] == 1.0
    assert table.background_of[0] == "r1"
    assert table.background_s_high.isna()[1]  # not known is not 0


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
