import json
import subprocess
import sys

import pytest

from greenlab.carbon import codecarbon_files, resolve


@pytest.fixture(autouse=True)
def no_setting(monkeypatch):
    monkeypatch.delenv("GREENLAB_ZONE", raising=False)


@pytest.mark.parametrize("zone", ["FR", "fr", "FRA", "France", " france ", "French Republic"])
def test_a_country_by_code_or_name(zone):
    intensity = resolve(zone)
    assert (intensity.zone, intensity.tier, intensity.guess) == ("FR", "modelled", None)
    assert intensity.value == pytest.approx(56, abs=15)
    assert intensity.basis == "lifecycle"


def test_a_us_state_is_converted_from_pounds_per_megawatt_hour():
    pounds = codecarbon_files.read(codecarbon_files.US_STATES)["california"]["emissions"]
    intensity = resolve("US-CA")
    assert intensity.value == pytest.approx(pounds * 453.59237 / 1000, abs=0.05)
    assert intensity.basis == "direct"
    assert resolve("California") == intensity


def test_quebec_is_the_mean_of_its_plants():
    assert resolve("CA-QC").value == resolve("Québec").value
    assert 26 <= resolve("CA-QC").value < 35  # hydro and wind stand at 26


def test_other_regions_and_aliases():
    assert resolve("SE3").zone == "SE3"
    assert resolve("shaanxi").zone == "CN-SN"
    assert resolve("uk").zone == "GB"
    assert resolve("Russia").zone == "RU"
    assert resolve("world").zone == "WORLD"


@pytest.mark.parametrize(
    ("zone", "advice"),
    [
        ("DE-BY", "write DE for Germany"),
        ("US-ZZ", "write US for United States"),
        ("Frnace", "did you mean FR"),
        ("Itlay", "did you mean IT"),
        ("Californa", "did you mean US-CA"),
        ("Narnia", "write an ISO code"),
        ("Wakanda", "write an ISO code"),
        ("Lab", "write an ISO code"),
        ("Atlantis", "write an ISO code"),
        ("Georgia", "GE (Georgia) or US-GA"),
        ("CF", "no figure is published"),
    ],
)
def test_an_unknown_zone_is_missing_and_says_what_to_write(zone, advice):
    intensity = resolve(zone)
    assert intensity.value is None
    assert intensity.tier == "missing"
    assert advice in intensity.reason


def test_the_setting_wins_over_the_variable_and_that_over_the_time_zone(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Paris")
    assert resolve().zone == "FR"
    monkeypatch.setenv("GREENLAB_ZONE", "PL")
    assert (resolve().zone, resolve().tier) == ("PL", "modelled")
    assert resolve("SE").zone == "SE"


def test_a_wrong_variable_is_not_replaced_by_a_guess(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Paris")
    monkeypatch.setenv("GREENLAB_ZONE", "Atlantis")
    assert resolve().value is None
    assert resolve().reason.startswith("zone Atlantis is unknown: in GREENLAB_ZONE, write")


@pytest.mark.parametrize(
    ("zone", "code"),
    [
        ("Europe/Paris", "FR"),
        (":/usr/share/zoneinfo/America/Toronto", "CA"),
        ("US/Pacific", "US"),
        ("Asia/Calcutta", "IN"),
        ("Europe/Oslo", "NO"),
    ],
)
def test_a_time_zone_is_a_guess_that_says_so(monkeypatch, zone, code):
    monkeypatch.setenv("TZ", zone)
    intensity = resolve()
    assert (intensity.zone, intensity.tier) == (code, "assumed")
    assert intensity.guess.startswith("guessed from the time zone")


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "Foo/Bar", "CET-1CEST", "Africa/Bangui"])
def test_without_a_country_the_world_average_is_used_and_says_why(monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    intensity = resolve()
    assert (intensity.zone, intensity.tier) == ("WORLD", "assumed")
    assert "GREENLAB_ZONE" in intensity.guess


def test_a_machine_without_time_zone_data_gets_the_world(monkeypatch):
    from greenlab.carbon import time_zone

    monkeypatch.setenv("TZ", "Europe/Paris")
    monkeypatch.setattr(time_zone, "_tz_folders", list)
    assert resolve().zone == "WORLD"


def test_the_time_zone_from_the_machines_files(monkeypatch, tmp_path):
    from greenlab.carbon import time_zone

    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    monkeypatch.setattr(time_zone, "_LOCALTIME", link)
    assert time_zone.time_zone() == "Europe/Berlin"
    monkeypatch.setattr(time_zone, "_LOCALTIME", tmp_path / "absent")
    (tmp_path / "timezone").write_text("Asia/Tokyo\n")
    monkeypatch.setattr(time_zone, "_TIMEZONE", tmp_path / "timezone")
    assert time_zone.time_zone() == "Asia/Tokyo"
    monkeypatch.setattr(time_zone, "_TIMEZONE", tmp_path / "absent")
    assert time_zone.time_zone() is None
    assert resolve().zone == "WORLD"


def test_missing_data_is_a_reason_and_no_exception(monkeypatch):
    def gone():
        raise codecarbon_files.DataMoved("codecarbon is not installed")

    codecarbon_files.read.cache_clear()
    monkeypatch.setattr(codecarbon_files, "folder", gone)
    try:
        assert "codecarbon" in resolve("FR").reason
        assert resolve().value is None
    finally:
        codecarbon_files.read.cache_clear()


def test_the_first_resolve_is_quick_and_imports_nothing_heavy():
    code = """
import json, sys
from greenlab.carbon import resolve
from tests.cpu_clock import on_a_fast_machine_s
print(json.dumps([on_a_fast_machine_s(resolve, tries=1), sorted(
    {"codecarbon", "pandas", "pycountry", "plotly", "torch"} & set(sys.modules))]))
"""
    runs = [json.loads(subprocess.check_output([sys.executable, "-c", code])) for _ in range(3)]
    assert all(heavy == [] for _, heavy in runs)
    assert min(seconds for seconds, _ in runs) < 0.015
