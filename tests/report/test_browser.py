"""The report in a real browser: it shows, keeps its own policy, and asks for nothing. Needs Chromium.

Headless Chromium cannot turn scripts off and dump a page at the same time (it dumps by script). That the page needs
none is shown otherwise: there are none in it, and one that is smuggled in is refused by the policy.
"""

import re
import shutil
import subprocess

import pytest

from svitac.report.html import render
from tests.report import sample

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--enable-logging=stderr", "--v=0",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=2000", "--window-size=1000,1200",
)  # fmt: skip
COMPLAINT = re.compile(r"CONSOLE|Refused to|Content Security Policy|violates|ERR_", re.IGNORECASE)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on PATH, which is not installed here")


def browse(folder, page, *options):
    file = folder / "report.html"
    file.write_text(page, encoding="utf-8", newline="")
    command = [CHROMIUM, *QUIET, f"--user-data-dir={folder / 'profile'}", *options, file.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, errors="replace")


def test_the_page_shows_and_keeps_its_policy(tmp_path):
    run = browse(tmp_path, render(sample.report()), "--dump-dom")
    assert not [line for line in run.stderr.splitlines() if COMPLAINT.search(line)]
    assert "We found traces of spyware on this phone." in run.stdout
    assert run.stdout.count("<article") == 4
    assert "<script" not in run.stdout
    assert "<img" not in run.stdout


def test_what_is_smuggled_in_is_refused_and_seen(tmp_path):
    evil = '<script>document.body.innerHTML="gone"</script><img src="https://evil.example/x"><p style="color:red">x</p>'
    run = browse(tmp_path, render(sample.report()).replace("<main>", f"<main>{evil}"), "--dump-dom")
    refused = [line for line in run.stderr.splitlines() if "Content Security Policy" in line]
    assert len(refused) >= 3
    assert "We found traces of spyware on this phone." in run.stdout


def test_a_changed_stylesheet_is_refused(tmp_path):
    run = browse(tmp_path, render(sample.report()).replace("</style>", "p{color:red}</style>"), "--dump-dom")
    assert [line for line in run.stderr.splitlines() if "Content Security Policy" in line]


def test_the_stylesheet_is_applied_and_folded_parts_are_printed(tmp_path):
    pdf = tmp_path / "report.pdf"
    browse(tmp_path, render(sample.report()), "--no-pdf-header-footer", f"--print-to-pdf={pdf}")
    assert pdf.read_bytes().startswith(b"%PDF")
    if reader := shutil.which("pdftotext"):
        text = subprocess.run([reader, "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
        assert "com.serv.services was used, day 23" in text
        assert "Skip to the summary" not in text
