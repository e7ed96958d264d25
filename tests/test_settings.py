import re
from pathlib import Path

import pytest

from greenlab import settings

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def none_set(monkeypatch):
    for one in settings.SETTINGS:
        monkeypatch.delenv(one.name, raising=False)


@pytest.mark.parametrize(("text", "value"), [("", 1.0), ("1.25", 1.25), (" 1 ", 1.0)])
def test_a_number(monkeypatch, text, value):
    monkeypatch.setenv("GREENLAB_PUE", text)
    assert settings.PUE.number == value
    assert settings.problems() == ()


@pytest.mark.parametrize("text", ["low", "0.5", "nan", "inf", "-1", "25"])
def test_what_is_no_such_number_is_reported_with_what_is_used_instead(monkeypatch, text):
    monkeypatch.setenv("GREENLAB_PUE", text)
    assert settings.PUE.number == 1.0
    assert settings.problems() == (
        f"GREENLAB_PUE is {text!r}, but takes a number from 1 to 10: 1 is used until it is "
        "fixed",
    )


def test_a_number_without_an_upper_end(monkeypatch):
    monkeypatch.setenv("GREENLAB_ADVICE_MIN_S", "inf")
    assert settings.problems() == ()
    monkeypatch.setenv("GREENLAB_ADVICE_MIN_S", "abc")
    (problem,) = settings.problems()
    assert "takes a number from 0 up: 5 is used" in problem


def test_a_folder_that_is_none(monkeypatch, tmp_path):
    monkeypatch.setenv("GREENLAB_SYSROOT", str(tmp_path))
    assert settings.problems() == ()
    monkeypatch.setenv("GREENLAB_SYSROOT", str(tmp_path / "absent"))
    assert "is not a folder" in settings.problems()[0]


def test_a_mistyped_name_is_reported_and_others_programs_variables_are_not(monkeypatch):
    monkeypatch.setenv("GREENLAB_ZON", "FR")
    monkeypatch.setenv("GREENLAB_UI_PORT", "8911")
    assert settings.problems() == (
        "GREENLAB_ZON is set, but means nothing: write GREENLAB_ZONE",
    )


def test_every_variable_of_the_code_is_a_setting_and_documented():
    code = "".join(path.read_text() for path in (ROOT / "greenlab").rglob("*.py"))
    names = [one.name for one in settings.SETTINGS]
    assert set(re.findall(r"GREENLAB_[A-Z_]+[A-Z]", code)) == set(names)
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    table = re.findall(r"^\| `(GREENLAB_\w+)` \| (.*) \|$", page, re.MULTILINE)
    assert table == [(one.name, one.does) for one in settings.SETTINGS]
