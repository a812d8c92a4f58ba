"""The logs of the shared corpus: the planted phone, its clean twin, Samsung fragments, three old reports."""

from collections import Counter

import pytest

from svitac.formats import logcat
from svitac.model import Loss, Problem
from tests.support import CORPUS, artifact, needs_shared, parsed

pytestmark = needs_shared
ANDROID = CORPUS / "android"
PLANTED, CLEAN = ANDROID / "planted_custody_not_rebooted", ANDROID / "planted_clean_control"
SAMSUNG, OLD = ANDROID / "samsung_fragments", ANDROID / "miui_2_3_5"
IDS = ("logcat", "kernel_log", "usb_devices", "selinux_denials", "usb_state", "last_kernel_log")


def report(folder):
    (path,) = folder.glob("bugreport*.zip")
    return path


def records(path, id):
    items = list(parsed(path, artifact(f"android.{id}")))
    assert [p for p in items if isinstance(p, Problem) and p.loss is not Loss.NONE] == []
    return [item for item in items if not isinstance(item, Problem)]


def stays(path, source):
    return [
        (f"{r.vendor}:{r.product}", f"{r.attached.wall:%H:%M:%S}")
        for r in records(path, "usb_devices")
        if r.source == source
    ]


def test_all_emulated_devices_and_the_owners_dongle_are_found_in_the_kernel_log():
    found = stays(report(PLANTED), "kernel")
    assert Counter(device for device, _ in found) == {
        "045e:076c": 6,
        "04f2:b071": 6,
        "041e:3000": 8,
        "0763:2012": 2,
        "1130:3101": 3,
        "18d1:5033": 1,
    }
    assert (found[0][1], found[24][1], found[25][1]) == ("12:33:10", "12:36:46", "15:02:00")


def test_dumpsys_tells_the_newest_of_them_at_the_same_times():
    kernel, dumpsys = stays(report(PLANTED), "kernel"), stays(report(PLANTED), "dumpsys")
    assert [device for device, _ in dumpsys] == [device for device, _ in kernel[-16:]]
    assert all(r.detached for r in records(report(PLANTED), "usb_devices"))


def test_the_clean_phone_had_a_dongle_and_a_mouse():
    for source in ("kernel", "dumpsys"):
        assert stays(report(CLEAN), source) == [("18d1:5033", "12:40:00"), ("046d:c077", "13:10:00")]


def test_every_event_planted_in_the_log_is_told():
    found = {(r.event, r.package or r.process, f"{r.time.wall:%H:%M:%S}") for r in records(report(PLANTED), "logcat")}
    assert found >= {
        ("unlock", None, "12:37:40"),
        ("adb", None, "12:39:44"),
        ("dexopt", "com.client.appA", "12:41:05"),
        ("force stop", "com.client.appA", "12:55:37"),
        ("dexopt", "com.accesibilityservice", "13:02:11"),
        ("dexopt", "com.serv.services", "13:02:36"),
        ("shell command", None, "13:03:02"),
        ("process start", "com.accesibilityservice", "13:03:04"),
        ("process start", "com.serv.services", "13:03:06"),
    }


def test_the_clean_phones_log_tells_of_processes_only():
    assert {r.event for r in records(report(CLEAN), "logcat")} == {"process start", "process killed", "process died"}


def test_the_refusal_of_the_planted_tool_is_told_with_its_context():
    (falcon,) = [r for r in records(report(PLANTED), "selinux_denials") if r.process == "falcon"]
    assert (falcon.source_context, falcon.permissions, falcon.target_class) == ("u:r:kernel:s0", ("read",), "dir")
    assert f"{falcon.time.wall:%H:%M:%S}" == "12:36:55"


@pytest.mark.parametrize("id", ["logcat", "kernel_log", "selinux_denials"])
def test_the_loose_logcat_of_the_acquisition_tells_what_the_bug_report_tells(id):
    loose = records(PLANTED / "androidqf" / "logcat.txt", id)
    assert Counter(r.says() for r in loose) == Counter(r.says() for r in records(report(PLANTED), id))


def test_counted_connects_agree_with_the_list():
    values = {r.key: r.value for r in records(report(PLANTED), "usb_state")}
    assert (values["num_connects"], values["kernel_state"]) == ("52", "CONFIGURED")


def test_samsung_fragments_tell_unlocks_and_the_otg_port():
    assert Counter(r.event for r in records(SAMSUNG, "logcat")) == {"unlock": 9, "usb": 8}
    assert {(r.vendor, r.product, r.source) for r in records(SAMSUNG, "usb_devices")} == {("239a", "80f4", "samsung")}


def test_reports_of_android_2_are_read_without_a_problem():
    found = {id: len(records(OLD, id)) for id in IDS}
    assert found["logcat"] > 250
    assert Counter(r.event for r in records(OLD, "kernel_log"))["boot"] == 3


def test_the_forms_collected_by_plaso_are_all_read():
    lines = (ANDROID / "plaso" / "android_logcat.log").read_text().splitlines()
    wanted = [line for line in lines if not line.startswith("-----")]
    assert [logcat.split(line)[6] for line in wanted] == [line[line.index("test of") :] for line in wanted]
