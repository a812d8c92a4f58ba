"""The report page: complete, well formed, accessible, the same everywhere, and deaf to hostile text."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import msgspec
import pytest
from msgspec.structs import replace

from svitac.model import Level, LocalTime, Stage
from svitac.report import data, plain, terminal, words
from svitac.report.data import Verdict
from svitac.report.html import digest, render
from svitac.report.svg import timeline
from tests.report import sample

VOID = {"meta", "link", "br", "img", "hr", "input", "wbr"}
ALLOWED = {
    *(
        "html",
        "head",
        "meta",
        "link",
        "title",
        "style",
        "body",
        "a",
        "header",
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "dl",
        "div",
    ),
    *("dt", "dd", "main", "section", "nav", "ul", "ol", "li", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("details", "summary", "article", "span", "b", "strong", "code", "bdi", "br", "footer"),
    *("svg", "desc", "g", "circle", "rect", "text", "line", "path"),
}
INLINE_PARENT = {"p", "h1", "h2", "h3", "h4", "span", "code", "bdi", "b"}
BLOCK = {"p", "ul", "ol", "div", "table", "section", "details", "h2", "h3", "h4", "dl"}


class Page(HTMLParser):
    """The page as a list of elements; complains about tags that do not close or nest wrongly."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        self.faults += [f"{tag} is never closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        names = [name for name, _ in attrs]
        if tag not in ALLOWED:
            self.faults.append(f"unexpected {tag} at {self.getpos()}")
        if len(set(names)) != len(names):
            self.faults.append(f"an attribute of {tag} stands twice")
        if tag in BLOCK and INLINE_PARENT & set(self.open):
            self.faults.append(f"{tag} inside {self.open[-1]} at {self.getpos()}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing at {self.getpos()}")

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data

    def all(self, *tags):
        return [attrs for tag, attrs in self.elements if tag in tags]


VARIANTS = {
    "full": sample.report(),
    "nothing": sample.report(findings=(), events=(), problems=(), apps=()),
    "low": sample.report(findings=tuple(f for f in sample.findings() if f.level is Level.LOW)),
    "empty": data.Report(tool="svitac", version="0", evidence=data.Evidence(kind="unknown")),
}


@pytest.fixture(params=VARIANTS, scope="module")
def page(request):
    return Page(render(VARIANTS[request.param]))


@pytest.fixture(scope="module")
def full():
    return render(sample.report())


def test_the_page_is_well_formed(page):
    assert page.faults == []


def test_ids_are_unique_and_every_inner_link_and_label_has_its_target(page):
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    wanted = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
    wanted |= {one for _, a in page.elements for one in (a.get("aria-labelledby") or "").split()}
    assert len(ids) == len(set(ids))
    assert wanted <= set(ids)


def test_headings_are_in_order_and_there_is_one_h1(page):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_every_table_has_a_caption_and_every_heading_cell_a_scope(page):
    tags = [tag for tag, _ in page.elements]
    assert all(tags[i + 1] == "caption" for i, tag in enumerate(tags) if tag == "table")
    assert all(a.get("scope") in ("row", "col") for a in page.all("th"))


def test_landmarks_language_and_skip_link_are_there(page):
    assert page.all("html") == [{"lang": "en"}]
    assert all(len(page.all(tag)) == 1 for tag in ("main", "header", "footer", "nav"))
    assert page.all("a")[0] == {"class": "skip", "href": "#summary"}


def test_nothing_is_loaded_and_nothing_runs(page):
    for tag, attrs in page.elements:
        assert not [name for name in attrs if name.startswith("on") or name in ("src", "srcset", "style", "action")], (
            tag
        )
        if tag == "link":
            assert attrs["href"] == "data:,"
        elif "href" in attrs:
            assert tag == "a"
            assert attrs["href"].startswith(("#", "https://"))
            assert attrs["href"].startswith("#") or "noreferrer" in attrs["rel"]


def test_the_policy_allows_exactly_this_stylesheet(full):
    style = re.search(r"<style>(.*?)</style>", full, re.S)[1]
    policy = next(a["content"] for a in Page(full).all("meta") if a.get("http-equiv"))
    assert f"style-src '{digest(style)}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "url(" not in style
    assert "@import" not in style


def test_hostile_text_is_escaped_and_visible(full):
    assert "<script" not in full.lower()
    assert "<img" not in full.lower()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", full)
    full.encode("utf-8")
    text = Page(full).text
    for hostile in sample.HOSTILE:
        assert plain.harmless(hostile) in text


def test_everything_of_the_report_is_on_the_page(full):
    report, text = sample.report(), Page(full).text

    def there(value):
        assert plain.harmless(value) in text, value

    for finding in report.findings:
        for value in (finding.title, finding.id):
            there(value)
        for value in (
            finding.why,
            finding.benign,
            *finding.next_steps,
            *(() if finding.allowed else finding.references),
        ):
            if not finding.allowed:
                assert plain.harmless(value) in text or value in text, value
        for place in () if finding.allowed else finding.places:
            there(place.where.path)
            there(place.says)
        for one in finding.indicators if not finding.allowed else ():
            there(one.value)
    for row in report.coverage:
        for value in (row.artifact, row.title, *row.looked_for, *row.found):
            there(value)
    for problem in report.problems:
        there(problem.detail)
        there(problem.where.path)
    for event in report.events:
        there(event.says)
    for app in report.apps:
        there(app.package)
    for one in (*report.evidence.inputs, *report.indicators):
        there(one.sha256)


def test_cut_lists_say_how_much_is_missing():
    many = tuple(sample.problems()[0] for _ in range(2_500))
    assert "500 more problems are not shown" in render(sample.report(problems=many))
    assert "1,200 more places are not shown" in render(sample.report())


def test_a_zone_that_nobody_knows_is_named_but_not_used():
    text = Page(render(sample.report(evidence=data.Evidence(kind="x", acquired=sample.ACQUIRED, zone="<b>../x")))).text
    assert "<b>../x, which we do not know: times are in UTC" in text
    assert "2025-01-14 16:20:00 UTC" in text


def luminance(colour):
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", [0, 1])
def test_every_text_colour_stands_out_from_every_ground(full, scheme):
    blocks = re.findall(r":root \{(.*?)\}", full, re.S)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[scheme]))
    grounds = [colours[name] for name in colours if name in ("paper", "card") or name.endswith("-wash")]
    for text in ("ink", "soft", "accent", "grave", "warn", "calm"):
        for ground in grounds:
            light, dark = sorted((luminance(colours[text]), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def test_absence_is_never_health():
    text = Page(render(VARIANTS["nothing"])).text
    assert "in what we could see" in text
    assert "does not show that the phone is free of spyware" in text
    for word in ("clean", "safe phone", "not infected", "all clear"):
        assert word not in text.lower()


def test_the_summary_says_when_known_spyware_was_not_looked_for():
    assert "known spyware was not looked for by name" in render(sample.report(indicators=()))
    assert "Nothing in it could be read." in render(VARIANTS["empty"])


def test_the_owner_is_never_blamed():
    assert "that is not your fault" in render(sample.report())
    assert "your fault" not in render(VARIANTS["low"])


def test_order_of_the_parts(full):
    places = [full.index(f'<section id="{name}"') for name in ("summary", "coverage", "findings", "timeline", "apps")]
    places += [full.index(f'<section id="{name}"') for name in ("problems", "about")]
    assert places == sorted(places)
    titles = re.findall(r'<h3 id="finding-\d+-title">.*?<bdi>(.*?)</bdi>', full)
    assert [unescape(t) for t in titles] == [plain.harmless(f.title) for f in data.open_findings(sample.report())]


ONE = """
import sys, hashlib
from tests.report import sample
from svitac.report import terminal
from svitac.report.html import render
from svitac.timeline import to_csv, to_jsonl, to_timesketch
report = sample.report()
text = [render(report), *terminal.lines(report), *to_csv(report.events), *to_jsonl(report.events)]
print(hashlib.sha256("".join([*text, *to_timesketch(report.events)]).encode()).hexdigest())
"""


def test_two_machines_write_the_same_bytes():
    seen = set()
    for seed, zone, locale in (
        ("1", "Asia/Tehran", "C"),
        ("2", "America/New_York", "tr_TR.UTF-8"),
        ("3", "UTC", "C.UTF-8"),
    ):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        env["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
        run = subprocess.run([sys.executable, "-c", ONE], env=env, capture_output=True, text=True, check=True)
        seen.add(run.stdout)
    assert len(seen) == 1


def test_order_of_input_does_not_matter():
    report = sample.report()
    turned = sample.report(findings=report.findings[::-1], events=report.events[::-1], coverage=report.coverage[::-1])
    assert render(turned) == render(report)


@pytest.mark.parametrize("count", [1, 2, 60])
@pytest.mark.parametrize("zone", ["", sample.ZONE])
def test_the_picture_is_xml_and_says_what_it_shows(count, zone):
    drawn = ElementTree.fromstring(timeline(sample.events()[:count], {}, zone))
    space = "{http://www.w3.org/2000/svg}"
    assert drawn.find(f"{space}title").text == "Timeline"
    assert drawn.find(f"{space}desc").text.startswith(f"{count} event")
    assert drawn.get("role") == "img"


def test_the_picture_has_a_title_for_every_mark_and_stays_in_its_frame():
    drawn = ElementTree.fromstring(timeline(sample.events(), {sample.ADB[1]: 2}, sample.ZONE))
    space = "{http://www.w3.org/2000/svg}"
    groups = drawn.findall(f"{space}g")
    assert all(g[0].tag == f"{space}title" and g[0].text for g in groups)
    marks = [float(e.get("cx") or e.get("x")) for g in groups for e in g if e.tag != f"{space}title"]
    assert min(marks) >= 0
    assert max(marks) <= float(drawn.get("width"))


def test_the_picture_survives_times_at_the_ends_of_the_calendar():
    first = sample.events()[0]
    ends = [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)]
    odd = [replace(first, utc=end) for end in ends]
    odd.append(replace(first, utc=None, local=LocalTime(datetime(9999, 12, 31))))
    ElementTree.fromstring(timeline(odd, {}, sample.ZONE))
    render(sample.report(events=tuple(odd)))


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.SPYWARE),
        ({"certainty": "probable"}, Verdict.LIKELY),
        ({"certainty": "possible"}, Verdict.SUSPECT),
        ({"level": "medium"}, Verdict.SUSPECT),
        ({"stage": "exposed"}, Verdict.EXPOSED),
        ({"stage": "physical access", "level": "medium"}, Verdict.PHYSICAL),
        ({"level": "low"}, Verdict.LOW),
        ({"allowed": "known"}, Verdict.NOTHING),
    ],
)
def test_what_a_finding_amounts_to(changes, verdict):
    built = msgspec.to_builtins(sample.finding(1)) | changes
    finding = msgspec.convert(built, type(sample.finding(1)))
    assert data.verdicts(sample.report(findings=(finding,))) == (verdict,)


def test_graver_verdicts_come_first_and_low_ones_are_left_out():
    assert data.verdicts(sample.report()) == (Verdict.SPYWARE, Verdict.PHYSICAL, Verdict.EXPOSED)
    assert data.verdicts(VARIANTS["empty"]) == (Verdict.UNREAD,)


def test_every_word_of_the_model_has_its_words():
    for table, enum in ((words.LEVELS, Level), (words.STAGES, Stage), (words.SYMBOLS, Level)):
        assert set(table) == set(enum)
    assert all(words.told(v).headline for v in Verdict)
    beside = (Verdict.LIKELY, Verdict.PHYSICAL, Verdict.EXPOSED, Verdict.SUSPECT)
    assert all(words.told(v).also for v in beside)


def test_the_console_gets_plain_lines():
    lines = terminal.lines(sample.report())
    assert lines[0] == "We found traces of spyware on this phone."
    assert any(
        line.startswith("CRITICAL    persisted, certain: The app com.serv") and "(1,226 places)" in line
        for line in lines
    )
    assert "Problems: 4, files lost: 2, errors of this program: 1" in lines
    assert not [line for line in lines if re.search("[\x00-\x1f\x7f-\x9f]", line)]
