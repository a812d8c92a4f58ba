"""What the phone's own histories tell of the planted custody: every event, from every source that should hold it."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from svitac.model import LocalTime, Problem
from tests.support import CORPUS, artifact, needs_shared, parsed

pytestmark = needs_shared
ANDROID = CORPUS / "android"
PHONES = ("planted_custody_not_rebooted", "planted_clean_control")
ZONE = "Europe/Belgrade"
OURS = ("batterystats", "battery history", "usagestats", "dropbox", "dumpsys user")
EXACT, STARTING, REPORTED = timedelta(seconds=2), timedelta(seconds=30), timedelta(minutes=15)


def of(event: str = "", named: bool = False, **wanted: Any) -> Callable[[Any, str], bool]:
    """The record is such an event, has these values and, if `named`, a package that the description speaks of."""

    def fits(record: Any, told: str) -> bool:
        is_one = not event or event in (getattr(record, "event", None), getattr(record, "type", None))
        words = told.replace("F-Droid", "org.fdroid.fdroid").replace(",", " ").split()
        return (
            is_one
            and (not named or record.package in words)
            and all(getattr(record, key) == value for key, value in wanted.items())
        )

    return fits


def screen(name: str) -> Callable[[Any, str], bool]:
    return lambda record, told: record.type == "ACTIVITY_RESUMED" and name in (record.activity or "")


SOURCES = {  # as the ground truth names them: artifact, field of the time, how far it may be off, which record
    "batterystats history SHUTDOWN": ("battery_history", "time", EXACT, of("shutdown")),
    "batterystats history START": ("battery_history", "time", EXACT, of("boot")),
    "batterystats history plug=usb": ("battery_history", "time", EXACT, of("plug", value="usb")),
    "batterystats history plug=none": ("battery_history", "time", EXACT, of("plug", value="none")),
    "batterystats history pkginst": ("battery_history", "time", EXACT, of("package_install", named=True)),
    "battery history": ("battery_history", "time", EXACT, of("package_install", named=True)),
    "batterystats history pkgunin": ("battery_history", "time", EXACT, of("package_uninstall", named=True)),
    "batterystats daily Update": ("battery_daily", "first", None, of(named=True, uninstalled=False)),
    "batterystats daily vers=0": ("battery_daily", "first", None, of(named=True, uninstalled=True)),
    "usagestats DEVICE_SHUTDOWN": ("usage_events", "time", EXACT, of("DEVICE_SHUTDOWN")),
    "usagestats DEVICE_STARTUP": ("usage_events", "time", STARTING, of("DEVICE_STARTUP")),
    "usagestats KEYGUARD_HIDDEN": ("usage_events", "time", EXACT, of("KEYGUARD_HIDDEN")),
    "usagestats ACTIVITY_RESUMED DevelopmentSettings": ("usage_events", "time", EXACT, screen("DevelopmentSettings")),
    "usagestats ACTIVITY_RESUMED UsbDebuggingActivity": ("usage_events", "time", EXACT, screen("UsbDebuggingActivity")),
    "usagestats": ("usage_events", "time", EXACT, of("ACTIVITY_RESUMED", named=True)),
    "dropbox SYSTEM_BOOT": ("dropbox", "time", STARTING, of(tag="SYSTEM_BOOT")),
    "dumpsys user Start time": ("user_states", "started", REPORTED, of()),
    "dumpsys user Unlock time": ("user_states", "unlocked", REPORTED, of()),
}
ARTIFACTS = sorted({source[0] for source in SOURCES.values()})


def truth(phone):
    return json.loads((ANDROID / phone / "ground_truth.json").read_text())["events"]


@pytest.fixture(scope="module", params=PHONES)
def phone(request):
    return request.param


@pytest.fixture(scope="module", params=["bugreport", "androidqf"])
def found(request, phone):
    """The records of each artifact; from a bug report alone, and from a whole acquisition."""
    folder = ANDROID / phone
    path = folder / "androidqf" if request.param == "androidqf" else next(folder.glob("bugreport*.zip"))
    items = {name: list(parsed(path, artifact(f"android.{name}"))) for name in ARTIFACTS}
    assert [item for rows in items.values() for item in rows if isinstance(item, Problem)] == []
    return items


def apart(record, field, event):
    """How far a record's time is from the event's."""
    value = getattr(record, field)
    moment = value.utc if isinstance(value, LocalTime) else value
    return abs(moment - datetime.fromisoformat(event["time_utc"])) if moment else timedelta.max


def holds(record, source, event):
    _, field, tolerance, fits = SOURCES[source]
    if not fits(record, event["description"]):
        return False
    if tolerance is None:  # a day of the battery statistics
        at = datetime.fromisoformat(event["time_local"])
        return record.first.wall <= at and (record.last is None or at <= record.last.wall)
    return apart(record, field, event) <= tolerance


def test_every_event_of_the_ground_truth_stands_in_every_history_it_names(phone, found):
    looked, missing = 0, []
    for event in truth(phone):
        for source in event["sources"]:
            if source.startswith(OURS):
                looked += 1
                if not any(holds(record, source, event) for record in found[SOURCES[source][0]]):
                    missing.append((event["time_local"], source))
    assert missing == []
    assert looked >= 5


def test_times_are_those_of_the_phones_wall_clock(found):
    walls = [record.time for name in ("battery_history", "usage_events", "dropbox") for record in found[name]]
    assert {time.zone for time in walls} == {ZONE}
    assert all(time.utc for time in walls)


def test_a_bug_report_alone_dates_start_and_unlock():
    (report,) = (ANDROID / PHONES[0]).glob("bugreport*.zip")
    user = next(parsed(report, artifact("android.user_states")))
    events = {event["event_type"]: event for event in truth(PHONES[0])}
    assert apart(user, "started", events["boot"]) <= EXACT
    assert apart(user, "unlocked", events["unlock"]) <= timedelta(seconds=15)


def test_installs_before_the_first_day_of_the_daily_statistics_are_read(found, phone):
    current = {record.package for record in found["battery_daily"] if record.last is None}
    if phone == PHONES[0]:
        assert current == {"com.client.appA", "com.accesibilityservice", "com.serv.services"}


FRAGMENTS = [  # counted with grep
    ("mvt_fixtures/androidqf", "battery_history", 19),
    ("mvt_fixtures/androidqf", "battery_daily", 11),
    ("mvt_fixtures/android_data", "battery_history", 15),
    ("mvt_fixtures/android_data", "battery_daily", 18),
    ("miui_2_3_5", "dropbox", 287 + 271 + 315),
]


@pytest.mark.parametrize(("folder", "name", "count"), FRAGMENTS)
def test_real_fragments_are_read_whole(folder, name, count):
    items = list(parsed(ANDROID / folder, artifact(f"android.{name}")))
    assert sum(not isinstance(item, Problem) for item in items) == count
    assert [item for item in items if isinstance(item, Problem) and item.artifact] == []
