"""Every event of the planted phone's ground truth stands in the records, at its time and with its place."""

import json
from datetime import datetime, timedelta

import pytest

from svitac.api import check, options
from svitac.run.summary import events
from svitac.store.tables import read
from tests.support import CORPUS, artifact, needs_shared

pytestmark = needs_shared
PLANTED = CORPUS / "android" / "planted_custody_not_rebooted"
TRUTH = PLANTED / "ground_truth.json"
SHOWN = {  # kind of event -> artifacts that show its time, and a word that must stand in what they say
    "adb_key": ({"android.adb_keys"}, ""),
    "shutdown": ({"android.boot_history", "android.battery_history", "android.usage_events"}, ""),
    "boot": ({"android.battery_history", "android.usage_events", "android.dropbox"}, ""),
    "usb_power": ({"android.battery_history"}, "usb"),
    "usb_detach": ({"android.battery_history"}, ""),
    "usb_host_attach": ({"android.usb_devices", "android.kernel_log"}, ""),
    "file_create": ({"android.files"}, ""),
    "process_exec": ({"android.selinux_denials"}, "falcon"),
    "unlock": ({"android.usage_events"}, ""),
    "settings_ui": ({"android.usage_events"}, "Development"),
    "adb_authorise_dialog": ({"android.usage_events"}, "UsbDebugging"),
    "package_install": ({"android.battery_history", "android.dumpsys_package", "android.logcat"}, ""),
    "package_uninstall": ({"android.battery_history"}, "com.client.appA"),
    "app_launch": ({"android.usage_events", "android.battery_history"}, "com.client.appA"),
    "appop": ({"android.appops"}, ""),
    "process_start": ({"android.logcat"}, "com.accesibilityservice"),
}
STATES = {  # what has no time of its own: the artifact whose records show it, and a word
    "receiver": ("android.components", "com.serv.services"),
    "setting": ("android.dumpsys_settings", "verifier_verify_adb_installs"),
    "device_admin": ("android.device_admins", "com.serv.services"),
    "permission_grant": ("android.dumpsys_package", "com.serv.services"),
    "accessibility": ("android.accessibility", "com.accesibilityservice"),
    "network": ("android.sockets", "195.178.51.251"),
    "process_running": ("android.processes", "com.accesibilityservice"),
}
NEAR = timedelta(seconds=45)  # the phone writes DEVICE_STARTUP twenty seconds after the boot it tells


def truth():
    return json.loads(TRUTH.read_text())["events"] if TRUTH.is_file() else []


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    target = tmp_path_factory.mktemp("events") / "r"
    check(PLANTED / "androidqf", target, options(), lambda path, done, of: None)
    return target / "records", list(events(target / "records"))


@pytest.mark.parametrize("event", truth(), ids=lambda e: f"{e['event_type']} {e['time_local'] or ''}".strip())
def test_an_event_is_in_the_records(result, event):
    records, timeline = result
    if event["event_type"] in STATES:
        name, word = STATES[event["event_type"]]
        wanted = artifact(name)
        found = [r for r in read(wanted.record, records / f"{name}.parquet") if word in repr(r)]
    else:
        artifacts, word = SHOWN[event["event_type"]]
        moment = datetime.fromisoformat(event["time_utc"])
        found = [
            e
            for e in timeline
            if e.artifact in artifacts and e.utc and abs(e.utc - moment) <= NEAR and word.lower() in e.says.lower()
        ]
    assert found
    assert all(one.where.path and one.where.spot for one in found)
