from datetime import UTC, date, datetime, timedelta

import pytest

from greenlab.moments import moment


@pytest.mark.parametrize(
    ("age", "ago"),
    [("12h", timedelta(hours=12)), ("7d", timedelta(days=7)), (" 2w ", timedelta(weeks=2))],
)
def test_an_age(age, ago):
    assert abs(datetime.now(UTC) - ago - moment(age)) < timedelta(minutes=1)


def test_today_is_the_last_local_midnight():
    today = moment("today")
    assert (today.hour, today.minute, today.second, today.microsecond) == (0, 0, 0, 0)
    assert timedelta(0) <= datetime.now(UTC) - today <= timedelta(hours=25)


def test_dates_and_times_are_local_unless_they_say_otherwise():
    local = datetime(2026, 11, 20).astimezone()
    assert moment("2026-11-20") == moment(date(2026, 11, 20)) == local
    assert moment(datetime(2026, 11, 20)) == local
    utc = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert moment("2026-11-20T09:30Z") == moment(utc) == utc


@pytest.mark.parametrize("text", ["whenever", "", "7", "7days", "12345d", "2026-13-01", 7])
def test_anything_else_is_refused_with_what_to_write(text):
    with pytest.raises(ValueError, match="is not a moment: write a date or time .* 7d"):
        moment(text)
