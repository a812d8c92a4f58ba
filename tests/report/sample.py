"""A report as a phone with NoviSpy-like traces would give it, with text that tries to break out. All written by us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from svitac.formats.clock import local
from svitac.model import (
    Certainty,
    Coverage,
    Covers,
    Finding,
    IndicatorRef,
    Kind,
    Level,
    LocalTime,
    Loss,
    Place,
    Problem,
    Stage,
    Where,
)
from svitac.report.data import App, Evidence, Indicators, Input, Report
from svitac.timeline import Event

ZONE = "Europe/Belgrade"
ACQUIRED = datetime(2025, 1, 14, 16, 20, tzinfo=UTC)
SEIZED = datetime(2024, 12, 25, 12, 45, tzinfo=UTC)
BUG = "bugreport.zip!/bugreport-a32-2025-01-14.txt"
PUBLICATION = "https://securitylab.amnesty.org/latest/2024/12/serbia-a-digital-prison/"
HOSTILE = (
    "<script>alert(1)</script>",
    "</style><img src=http://evil.example/x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "\u202egnp.exe\u202c \x1b[31mred\x1b[0m \x9b2J\x00",
    "{{ 7 * 7 }} {% include 'x' %} %s {0}",
    "]]> --> <!-- &lt; &amp; javascript:alert(4)",
    "half \ud800 a pair \U000e0041 \ufeff",
    "Z" + "\u0310" * 60 + "algo",
)


@dataclass
class W:
    """Shorthand for places."""

    path: str

    def __getitem__(self, line: int) -> Where:
        return Where(self.path, f"line {line}")


PACKAGES, USAGE, ADB, PROCS, APPOPS = (W(p) for p in (BUG, BUG, "adb_keys", "processes.txt", "appops.txt"))
PACKAGES = W("packages.json")


def indicator(value: str, kind: Kind = Kind.PACKAGE) -> IndicatorRef:
    return IndicatorRef(kind, value, "NoviSpy", "novispy.stix2, object 12", PUBLICATION, "2024-12-16", "high")


def finding(n: int, **changes: object) -> Finding:
    base = Finding(
        id=f"{n:016x}",
        rule="any.indicator",
        subject="package com.serv.services",
        title="The app com.serv.services is the NoviSpy spyware",
        level=Level.CRITICAL,
        stage=Stage.PERSISTED,
        certainty=Certainty.CERTAIN,
        why="The name of this app was published as that of NoviSpy, which reads messages, calls and contacts, and "
        "listens through the microphone.",
        benign="None is known: no honest app of this name has been seen.",
        next_steps=("Keep a copy of the app (APK) before anything changes.", "Compare the signing certificate."),
        references=(PUBLICATION, "https://github.com/AmnestyTech/investigations"),
    )
    return msgspec.structs.replace(base, **changes)


def findings() -> tuple[Finding, ...]:
    spots = (
        Place(USAGE[9000 + i], f"com.serv.services was used, day {i}", "android.usage_events", Stage.EXECUTED)
        for i in range(24)
    )
    return (
        finding(
            4,
            title="A link that was published as an attack arrived by SMS",
            subject="url",
            rule="android.sms_link",
            level=Level.MEDIUM,
            stage=Stage.EXPOSED,
            certainty=Certainty.POSSIBLE,
            why="Links of this host were sent to people who were then attacked.",
            benign="A host can be sold, or share its address with honest ones.",
            places=(
                Place(Where("sms.json", "item 7"), "Pogledaj https://evil.example/x?a=1 " + HOSTILE[3], "android.sms"),
            ),
            indicators=(indicator("evil.example", Kind.DOMAIN),),
        ),
        finding(
            1,
            places=(
                Place(PACKAGES[12], "com.serv.services, installed by nobody", "android.packages", Stage.PERSISTED),
                Place(PROCS[88], "process com.serv.services, user u0_a321", "android.processes", Stage.EXECUTED),
                *spots,
            ),
            more_places=1_200,
            indicators=(indicator("com.serv.services"), indicator("3ac97735" * 8, Kind.CERTIFICATE)),
        ),
        finding(
            2,
            rule="android.adb_authorised_in_custody",
            subject="adb key",
            title="A computer was allowed to control the phone by cable (ADB)",
            level=Level.HIGH,
            stage=Stage.PHYSICAL,
            certainty=Certainty.PROBABLE,
            why="Who may use ADB can install apps, grant them rights, and copy data. The screen must be unlocked.",
            benign="The owner, a repair shop or a helpline allowed a computer, for example to make this acquisition.",
            places=(Place(ADB[1], "key of user@DESKTOP-7Q2, last used 2024-12-25 14:02:11", "android.adb_keys"),),
            indicators=(),
        ),
        finding(
            3,
            rule="android.sideloaded",
            subject="package x",
            title=f"An app came from outside the store: {HOSTILE[0]}",
            level=Level.LOW,
            stage=Stage.NONE,
            certainty=Certainty.POSSIBLE,
            why=HOSTILE[1],
            benign="Many people install apps from F-Droid, from files or from other stores.",
            next_steps=(HOSTILE[4],),
            references=("javascript:alert(5)", 'https://x.example/"onmouseover="alert(6)'),
            places=tuple(Place(Where(text, HOSTILE[2]), text, "android.packages") for text in HOSTILE),
        ),
        finding(
            5,
            title="An app of the helpline may read the screen",
            rule="android.accessibility",
            subject="package org.helpline",
            level=Level.MEDIUM,
            stage=Stage.PERSISTED,
            certainty=Certainty.POSSIBLE,
            allowed="screen reader that the owner installed, said so on 2025-01-14",
            places=(Place(PACKAGES[99], "org.helpline", "android.packages"),),
        ),
    )


def coverage() -> tuple[Coverage, ...]:
    def row(name: str, title: str, found: int = 1, records: int = 0, **more: object) -> Coverage:
        files = tuple(f"{BUG}, section {i}" for i in range(found))
        return Coverage(
            artifact=f"android.{name}",
            title=title,
            looked_for=(f"**/{name}.json", f"dumpsys {name}"),
            found=files,
            records=records,
            **more,
        )

    span = {"covers": Covers.LOG, "first": SEIZED - timedelta(days=21), "last": ACQUIRED}
    return (
        row(
            "packages", "Installed apps: who installed them, when, and what they may use.", 2, 412, kept="until removed"
        ),
        row("getprop", "Android system properties: build, security patch, time zone.", 1, 987, kept="until changed"),
        row(
            "adb_keys",
            "Computers that were allowed to control the phone by cable.",
            1,
            2,
            covers=Covers.LAST,
            first=SEIZED,
            last=SEIZED,
            kept="7 days",
        ),
        row("processes", "Programs that were running when the phone was read.", 1, 512),
        row("appops", "The last time each app used a right, such as the microphone.", 1, 4_121, covers=Covers.LAST),
        row("usage_events", "Which app was in front, and when.", 9, 30_211, kept="about 7 days", **span),
        row("battery_daily", "App updates noted by the battery statistics.", 1, 77, **span),
        row("netstats", "Network traffic per app.", 1, 9_002, problems=3, **span),
        row("sms", "SMS and MMS messages.", 1, 812, **span),
        row("tombstones", "Crashes of native programs.", 12, 9, problems=4, unread=2, **span),
        row("logcat", "The system log.", 1, 0, kept="minutes to hours"),
        row("intrusion_log", "Intrusion Logging of Advanced Protection Mode.", 0),
        row("accessibility", "Apps that may read the screen and press buttons.", 1, 3),
        row("device_policy", "Apps that administer the phone.", 0),
        row("dropbox", "Crash and restart notes of the system " + HOSTILE[0], 0),
    )


def problems() -> tuple[Problem, ...]:
    return (
        Problem(where=Where("netstats.txt", "line 31"), detail="not a number: 'x'", artifact="android.netstats"),
        Problem(
            where=Where("tombstones/tombstone_03"), detail="cut short", loss=Loss.FILE, artifact="android.tombstones"
        ),
        Problem(
            where=Where("tombstones/tombstone_04"),
            detail="KeyError: 'pid'",
            loss=Loss.FILE,
            bug=True,
            artifact="android.tombstones",
        ),
        Problem(where=Where(HOSTILE[3], HOSTILE[0]), detail=HOSTILE[6], loss=Loss.NONE),
    )


def events() -> tuple[Event, ...]:
    def event(time: datetime | LocalTime, what: str, artifact: str, where: Where, says: str) -> Event:
        clock = time if isinstance(time, LocalTime) else None
        return Event(
            utc=clock.utc if clock else time, local=clock, what=what, artifact=artifact, where=where, says=says
        )

    def wall(minutes: int) -> LocalTime:
        return local((datetime(2024, 12, 25, 13, 45) + timedelta(minutes=minutes)).isoformat(" "), ZONE)

    return (
        event(datetime(2023, 3, 2, 8, 0, tzinfo=UTC), "first install", "android.packages", PACKAGES[44], "org.signal"),
        event(
            datetime(2024, 11, 30, 8, 0, tzinfo=UTC), "received", "android.sms", Where("sms.json", "item 7"), HOSTILE[0]
        ),
        event(wall(17), "last used", "android.adb_keys", ADB[1], "a computer was allowed: user@DESKTOP-7Q2"),
        event(SEIZED + timedelta(minutes=31), "first install", "android.packages", PACKAGES[12], "com.serv.services"),
        *(
            event(wall(20 + 3 * i), "time", "android.usage_events", USAGE[8000 + i], f"screen on, step {i}")
            for i in range(20)
        ),
        *(
            event(
                SEIZED + timedelta(hours=2, minutes=9 * i),
                "time",
                "android.usage_events",
                USAGE[9000 + i],
                f"com.serv.services was used, day {i}",
            )
            for i in range(16)
        ),
        *(
            event(
                SEIZED + timedelta(days=3, hours=5 * i),
                "last access",
                "android.appops",
                APPOPS[i],
                f"com.serv.services used the microphone, {i}",
            )
            for i in range(17)
        ),
        event(
            LocalTime(datetime(2024, 12, 25, 14, 20)),
            "time",
            "android.logcat",
            Where("logcat.txt", "line 5"),
            HOSTILE[3],
        ),
        event(ACQUIRED, "time", "android.battery_daily", Where(BUG, "line 812"), HOSTILE[1]),
        event(local("2024-10-27 02:30:00", ZONE), "time", "android.boot_history", Where(BUG, "line 3"), "restart"),
    )


def report(**changes: object) -> Report:
    base = Report(
        tool="svitac",
        version="0.1.0",
        evidence=Evidence(
            kind="AndroidQF acquisition",
            inputs=(
                Input(
                    "3f2c9a1e.zip", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", 1_204_551_203
                ),
                Input(HOSTILE[5], "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752", 1),
            ),
            acquired=ACQUIRED,
            zone=ZONE,
        ),
        device=(
            ("Model", "Samsung Galaxy A32 (SM-A325F)"),
            ("Android", "13"),
            ("Security patch", "2024-08-01"),
            ("Build", "TP1A.220624.014.A325FXXU" + HOSTILE[3]),
        ),
        findings=findings(),
        coverage=coverage(),
        problems=problems(),
        events=events(),
        apps=(
            App(
                package="com.serv.services",
                reason="Published as spyware; installed by nobody; hides its icon.",
                first_install="2024-12-25 14:16:00 +01:00",
                permissions="microphone, SMS, contacts, calls",
                level=Level.CRITICAL,
            ),
            App(
                package="org.fdroid.app",
                reason="Came from outside the store.",
                installer="org.fdroid.fdroid",
                first_install="2023-05-01",
                level=Level.LOW,
            ),
            App(package=HOSTILE[3], reason=HOSTILE[0], installer=HOSTILE[1], permissions=HOSTILE[2]),
        ),
        indicators=(Indicators("NoviSpy (Amnesty)", "ab" * 32, 21), Indicators("Pegasus (Amnesty)", "cd" * 32, 1_517)),
        rules_run=48,
    )
    return msgspec.structs.replace(base, **changes)
