"""Every time of every record is an event, in one order, and leaves the house without doing harm."""

import csv
import io
import json
import random
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from svitac.discover import artifacts
from svitac.formats.clock import local
from svitac.model import LocalTime, Record, Where
from svitac.timeline import Event, defused, events, sort_key, times_of, to_csv, to_jsonl, to_timesketch, undone

WHERE = Where("a.txt", "line 3")
T = datetime(2024, 12, 25, 13, 3, 11, 123456, tzinfo=UTC)
BELGRADE = local("2024-12-25 14:20:00", "Europe/Belgrade")
NOWHERE = local("2024-12-25 14:20:00", "")


class Use(Struct, frozen=True):
    op: str
    last_used: datetime | None = None
    spans: tuple[LocalTime, ...] = ()


class Sample(Record, frozen=True, kw_only=True):
    name: str
    first_install: datetime | None = None
    seen: LocalTime | None = None
    boots: tuple[datetime, ...] = ()
    uses: tuple[Use, ...] = ()
    main: Use | None = None

    def says(self):
        return f"sample {self.name}"


def event(time, **changes):
    clock = time if isinstance(time, LocalTime) else None
    base = Event(utc=clock.utc if clock else time, local=clock, what="time", artifact="a", where=WHERE, says="x")
    return msgspec.structs.replace(base, **changes)


def test_times_are_found_by_type_at_any_depth():
    assert [t.what for t in times_of(Sample)] == [
        "first install", "seen", "boots", "uses: last used", "uses: spans", "main: last used", "main: spans",
    ]  # fmt: skip
    assert times_of(Sample) is times_of(Sample)


def test_every_time_of_a_record_is_an_event():
    record = Sample(
        where=WHERE,
        name="n",
        first_install=T,
        seen=BELGRADE,
        boots=(T, T + timedelta(1)),
        uses=(Use("mic", T), Use("camera"), Use("sms", None, (NOWHERE, BELGRADE))),
    )
    got = list(events("test.sample", record))
    assert [e.what for e in got] == ["first install", "seen", "boots", "boots", "uses: last used", *["uses: spans"] * 2]
    assert {(e.artifact, e.where, e.says) for e in got} == {("test.sample", WHERE, "sample n")}
    assert got[0].utc == T
    assert got[0].local is None
    assert (got[1].utc, got[1].local) == (BELGRADE.utc, BELGRADE)
    assert (got[5].utc, got[5].local) == (None, NOWHERE)


def test_a_record_without_times_gives_no_events():
    assert list(events("a", Sample(where=WHERE, name="n"))) == []


def test_the_records_of_all_artifacts_can_be_walked():
    for one in artifacts():
        assert isinstance(times_of(one.record), tuple), one.id


def test_the_order_is_total_and_the_same_for_every_shuffle():
    many = [
        event(t, artifact=a, where=Where("p", s), what=w)
        for t in (T, BELGRADE, NOWHERE)
        for a in "ab"
        for s in ("", "1")
        for w in ("x", "y")
    ]
    shuffled = many[:]
    random.Random(1).shuffle(shuffled)
    assert sorted(shuffled, key=sort_key) == sorted(many) == sorted(many, key=sort_key)


def test_a_time_of_unknown_zone_stands_where_its_wall_clock_says_and_is_marked():
    later = T.replace(hour=14, minute=20, second=0, microsecond=0)
    order = sorted([event(NOWHERE), event(later), event(later + timedelta(seconds=1)), event(T)])
    assert [e.note for e in order] == ["", "", "phone's wall clock, zone unknown", ""]


def test_csv_names_both_clocks_and_the_place():
    rows = list(csv.DictReader(io.StringIO("".join(to_csv([event(BELGRADE), event(NOWHERE)])), newline="")))
    assert rows[0] == {
        "utc": "2024-12-25T13:20:00+00:00",
        "phone time": "2024-12-25 14:20:00",
        "zone": "Europe/Belgrade",
        "what": "time",
        "artifact": "a",
        "says": "x",
        "path": "a.txt",
        "spot": "line 3",
        "note": "",
    }
    assert (rows[1]["utc"], rows[1]["note"]) == ("", "phone's wall clock, zone unknown")


FORMULAS = ["=cmd|'/c calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "x;=1", "x\n=1", "'=1", "''", "a;'b", "\n\r-1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_starts_a_formula_and_nothing_is_lost(text):
    (row,) = list(csv.reader(io.StringIO("".join(to_csv([event(T, says=text)])), newline="")))[1:]
    assert row[5][0] not in "=+-@\t\r"
    assert not any(
        part[:1] in tuple("=+-@") for part in row[5].replace("\n", ";").replace("\r", ";").split(";") if part
    )
    assert undone(row[5]) == text


@given(st.text(alphabet="=+-@'\t\r\n;,\"a ", max_size=12) | st.text(max_size=20))
def test_defusing_can_be_undone(text):
    assert undone(defused(text)) == text


@given(st.text(alphabet=st.characters(), max_size=30))
def test_any_text_leaves_as_whole_lines(text):
    odd = event(T, says=text, where=Where(text, text), artifact="a")
    for line in (*to_jsonl([odd]), *to_timesketch([odd], {odd.where: ["f1"]})):
        line.encode()
        assert line.endswith("\n")
        assert line.count("\n") == 1
        json.loads(line)
    "".join(to_csv([odd])).encode()


def test_half_a_surrogate_pair_is_written_out():
    odd = event(T, says="a\ud800", where=Where("p\udc80"))
    assert json.loads(next(to_jsonl([odd])))["says"] == "a\\ud800"
    assert json.loads(next(to_timesketch([odd])))["source_path"] == "p\\udc80"
    assert "a\\ud800" in "".join(to_csv([odd]))


def test_jsonl_holds_the_event_itself():
    both = [event(T), event(BELGRADE), event(NOWHERE)]
    assert [msgspec.json.decode(line, type=Event) for line in to_jsonl(both)] == both


def test_timesketch_lines_have_what_timesketch_asks_for():
    known, unknown = (json.loads(line) for line in to_timesketch([event(T), event(NOWHERE)], {WHERE: ("f1", "f2")}))
    assert known == {
        "message": "x",
        "datetime": "2024-12-25T13:03:11.123456+00:00",
        "timestamp_desc": "time",
        "data_type": "svitac:a",
        "source_path": "a.txt",
        "source_spot": "line 3",
        "tag": ["f1", "f2"],
    }
    assert unknown["message"] == "x (phone's wall clock, zone unknown)"
    assert unknown["datetime"] == "2024-12-25T14:20:00+00:00"
    assert unknown["phone_time"] == "2024-12-25 14:20:00 (zone unknown)"
