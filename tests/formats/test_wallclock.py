"""Wall-clock times without a year, counted from an anchor, or in other digits."""

from datetime import UTC, datetime

import pytest

from svitac.formats.clock import local
from svitac.formats.wallclock import ascii_digits, moved, wall_of, yearless

ZONE = "Europe/Belgrade"


def test_elapsed_time_runs_evenly_through_the_end_of_summer_time():
    anchor = local("2017-10-29 01:59:00", ZONE)
    first, second = moved(anchor, 31 * 60_000), moved(anchor, 91 * 60_000)
    assert first.wall == second.wall == datetime(2017, 10, 29, 2, 30)
    assert (first.utc, second.utc) == (
        datetime(2017, 10, 29, 0, 30, tzinfo=UTC),
        datetime(2017, 10, 29, 1, 30, tzinfo=UTC),
    )
    assert not second.ambiguous


def test_without_a_zone_only_the_wall_clock_moves():
    time = moved(local("2017-10-29 01:59:00", ""), -60_000)
    assert (time.wall, time.utc) == (datetime(2017, 10, 29, 1, 58), None)


@pytest.mark.parametrize(
    ("text", "known", "year"),
    [
        ("12-31 23:59:59.999", datetime(2024, 1, 1), 2023),
        ("01-01 00:00:10.000", datetime(2023, 12, 31, 23), 2024),
        ("05-06 12:00:00.000", datetime(2024, 5, 6), 2024),
        ("02-29 12:00:00.000", datetime(2025, 1, 2), 2024),
    ],
)
def test_the_year_is_the_one_that_brings_a_time_nearest(text, known, year):
    assert yearless(text, ZONE, known).wall.year == year


@pytest.mark.parametrize(
    "text", ["02-30 12:00:00.000", "02-29 12:00:00.000", "99-99 99:99:99", "", "05-06 12:00+02:00"]
)
def test_what_is_no_month_day_and_time_is_refused(text):
    with pytest.raises(ValueError, match="not a month"):
        yearless(text, ZONE, datetime(2022, 6, 1))


def test_times_that_no_calendar_has_are_refused():
    with pytest.raises(ValueError, match="out of range"):
        moved(local("9999-12-31 23:00:00", ZONE), 10**15)


def test_digits_of_any_script_are_read():
    assert ascii_digits("٢٠١٩-٠٥-٠٤ ۱۲:३०") == "2019-05-04 12:30"
    assert ascii_digits("²") == "²"


def test_the_wall_clock_of_a_moment():
    assert wall_of(datetime(2024, 5, 6, 16, 30, tzinfo=UTC), ZONE) == datetime(2024, 5, 6, 18, 30)
    assert wall_of(datetime(2024, 5, 6, 16, 30, tzinfo=UTC), "") == datetime(2024, 5, 6, 16, 30)
