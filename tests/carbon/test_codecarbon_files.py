"""Fails when CodeCarbon moves its files or changes what they hold."""

import pytest

from greenlab.carbon import codecarbon_files, iso_3166
from greenlab.carbon.slots import Span
from greenlab.carbon.sources import SOURCES, canada, countries, us_states


@pytest.mark.parametrize("name", codecarbon_files.FILES)
def test_each_file_is_where_the_adapter_expects_it(name):
    assert codecarbon_files.read(name)


def test_the_us_file_is_still_in_pounds_per_megawatt_hour():
    content = codecarbon_files.read(codecarbon_files.US_STATES)
    assert content["_unit"]["emissions"] == "lbs/MWh"
    assert len(us_states.zones()) == 51


def test_countries_have_the_fields_that_are_read():
    rows = codecarbon_files.read(codecarbon_files.COUNTRIES)
    assert len(rows) >= 200
    for alpha3, row in rows.items():
        assert iso_3166.find(alpha3) is not None, alpha3
        assert {"carbon_intensity", "total_TWh", "country_name", "year"} <= set(row)


def test_every_province_of_canada_has_its_code():
    assert set(codecarbon_files.read(codecarbon_files.CANADA)) == set(canada.CODES)


@pytest.mark.parametrize("source", SOURCES)
def test_every_zone_that_is_suggested_is_found_with_a_plausible_figure(source):
    for code in source.zones():
        assert source.find(code).code == code
        (slot,) = source.at(code, Span.now())
        intensity = slot.intensity
        assert intensity.zone == code
        if code == "CF":
            assert intensity.value is None
            assert intensity.reason
        else:
            assert 5 < intensity.value < 1400, code
            assert intensity.unit == "gCO2e/kWh"


def test_the_world_is_near_the_published_world_average():
    # Our World in Data gives about 480 g/kWh for the world in 2023.
    assert countries.world().value == pytest.approx(480, rel=0.05)


def test_a_missing_file_says_how_to_fix_it(monkeypatch, tmp_path):
    monkeypatch.setattr(codecarbon_files, "folder", lambda: tmp_path)
    with pytest.raises(codecarbon_files.DataMoved, match="reinstall"):
        codecarbon_files.read.__wrapped__(codecarbon_files.COUNTRIES)
