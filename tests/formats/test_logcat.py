"""Every shape in which logcat prints a line, the year that lines leave out, and text that is none of it."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svitac.formats import kernel, logcat
from svitac.model import Garbled, Problem, Where

HERE = Where("logcat.txt", "line 1")


@dataclass
class Log:
    raw: bytes = b""
    until: datetime | None = datetime(2021, 1, 3, 9, 0, tzinfo=UTC)
    zone: str = "Europe/Belgrade"
    path: str = "logcat.txt"
    first_line: int = 1

    def open(self):
        return io.BytesIO(self.raw)


SHAPES = {
    "01-08 12:33:10.101  1000   929   992 I ActivityManager: hi": ("1000", 929, 992, "I", "ActivityManager"),
    "01-08 12:33:10.101   929   992 I ActivityManager: hi": (None, 929, 992, "I", "ActivityManager"),
    "01-08 12:33:10.101 u0_a12  929   992 I LTE Embms Link: hi": ("u0_a12", 929, 992, "I", "LTE Embms Link"),
    "01-08 12:33:10.101  root   212   212 I usb 1-1 : hi": ("root", 212, 212, "I", "usb 1-1"),
    "01-08 12:33:10.101   929   992 I         : hi": (None, 929, 992, "I", ""),
    "01-08 12:33:10.101 +0100   929   992 I A: hi": (None, 929, 992, "I", "A"),
    "2022-01-02 11:20:07.171   929   992 E A : hi": (None, 929, 992, "E", "A"),
    "2022-01-02 11:20:07.171997 +1000   929   992 E A : hi": (None, 929, 992, "E", "A"),
    "2022-01-02 11:20:07.171 +0000  1000   929   992 E A  : hi": ("1000", 929, 992, "E", "A"),
    "2022-01-02 11:20:07.171997  1000   929   992 E A: hi": ("1000", 929, 992, "E", "A"),
    "01-02 01:02:04.156 I/A(  190): hi": (None, 190, None, "I", "A"),
    "2022-01-02 11:42:10.613472 +1000 I/A       ( 1080: 1179): hi": ("1080", 1179, None, "I", "A"),
    "1578483190.101   929   992 I A: hi": (None, 929, 992, "I", "A"),
    "     190.101  1000   929   992 I A: hi": ("1000", 929, 992, "I", "A"),
    "I/A       (  190): hi": (None, 190, None, "I", "A"),
    "I(  190) hi  (A)": (None, 190, None, "I", "A"),
    "I(  190:  191) hi": (None, 190, 191, "I", ""),
    "I/A: hi": (None, None, None, "I", "A"),
    "\x1b[38;5;40m01-08 12:33:10.101   929   992 I A: hi\x1b[0m": (None, 929, 992, "I", "A"),
}


@pytest.mark.parametrize("line", SHAPES)
def test_every_shape_is_taken_apart(line):
    _, uid, pid, tid, level, tag, message = logcat.split(line)
    assert (uid, pid, tid, level, tag) == SHAPES[line]
    assert message == "hi"


def test_an_event_without_text_keeps_its_tag():
    assert logcat.split("01-08 15:30:02.013  1000   929  2231 I notification_panel_hidden: ")[5:] == (
        "notification_panel_hidden",
        "",
    )


def test_a_long_header_gives_its_fields_to_the_lines_below():
    log = Log(b"--------- beginning of main\n[ 01-08 12:33:10.101  1000:  929:  992 I/A ]\none\ntwo\n\n")
    found = list(logcat.entries(log))
    assert [(e.number, e.buffer, e.uid, e.pid, e.tid, e.tag, e.message) for e in found] == [
        (3, "main", "1000", 929, 992, "A", "one"),
        (4, "main", "1000", 929, 992, "A", "two"),
    ]


def test_the_buffer_is_that_of_the_last_mark():
    line = b"01-08 12:33:10.101   929   992 I A: hi\n"
    marks = b"--------- beginning of /dev/log/main\n", b"--------- switch to kernel\n"
    assert [e.buffer for e in logcat.entries(Log(line + marks[0] + line + marks[1] + line))] == [None, "main", "kernel"]


def test_a_line_in_no_shape_is_a_problem_and_noise_is_not():
    (problem,) = logcat.entries(Log(b"*** command failed\n------ 0.3s was the duration\n\nwhat is this\n"))
    assert isinstance(problem, Problem)
    assert problem.where.spot == "line 4"


@pytest.mark.parametrize(
    ("stamp", "wall"),
    [
        ("01-03 09:59:00.000", "2021-01-03 09:59:00"),
        ("01-03 10:30:00.500", "2021-01-03 10:30:00.500000"),  # the log goes on while a report is written
        ("01-05 00:00:00.000", "2020-01-05 00:00:00"),
        ("12-31 23:59:59.999", "2020-12-31 23:59:59.999000"),
        ("02-29 12:00:00.000", "2020-02-29 12:00:00"),
        ("2019-05-06 07:08:09.101112", "2019-05-06 07:08:09.101112"),
        ("2021-01-02 12:00:00.000 +1000", "2021-01-02 03:00:00"),
        ("01-02 12:00:00.000 +0000", "2021-01-02 13:00:00"),
        ("1609578000.250", "2021-01-02 10:00:00.250000"),
    ],
)
def test_a_time_gets_the_year_and_the_zone_it_leaves_out(stamp, wall):
    assert str(logcat.Times(Log()).of(HERE, stamp).wall) == wall


def test_an_offset_gives_the_exact_moment_also_where_the_zone_is_unknown():
    time = logcat.Times(Log(zone="")).of(HERE, "2021-01-02 12:00:00.000 +1000")
    assert (time.zone, time.utc) == ("UTC", datetime(2021, 1, 2, 2, tzinfo=UTC))


def test_without_a_time_of_acquisition_there_is_no_year_and_that_is_said_once():
    times = logcat.Times(Log(until=None))
    assert times.of(HERE, "01-03 09:59:00.000") is None
    assert times.of(HERE, "01-03 09:59:01.000") is None
    assert len(list(times.lost())) == 1
    assert list(logcat.Times(Log()).lost()) == []


@pytest.mark.parametrize("stamp", ["13-99 09:41:19.000", "2021-02-30 00:00:00.000", "9" * 12, "02-29 99:00:00.000"])
def test_what_is_no_time_costs_its_item(stamp):
    with pytest.raises(Garbled):
        logcat.Times(Log()).of(HERE, stamp)


@given(
    st.lists(
        st.sampled_from(
            ["01-08 12:33:10.101", " ", "929", "I", "/", "(", ")", ":", "[", "+0100", "²", "\x1b[", "usb 1-1"]
        )
    )
)
def test_no_line_breaks_the_reader(parts):
    line = "".join(parts)
    logcat.split(line)
    kernel.message(line)


@pytest.mark.parametrize(
    ("line", "uptime", "said"),
    [
        ("<6>[   10.264160] usb 1-1: hi", 10264, "usb 1-1: hi"),
        ("[   10.264160] usb 1-1: hi", 10264, "usb 1-1: hi"),
        ("<6>[   10.264160,3] usb 1-1: hi", 10264, "usb 1-1: hi"),
        ("<6>[   10.264160]  [0:    kworker/0:1:  123] usb 1-1: hi", 10264, "usb 1-1: hi"),
        ("[   10.264160][  T123] usb 1-1: hi", 10264, "usb 1-1: hi"),
        ("<4>[   10.264160] [<ffffff8008c10000>] a+0x1/0x2", 10264, "[<ffffff8008c10000>] a+0x1/0x2"),
        ("<4>[   10.264160] [NFC] hi", 10264, "[NFC] hi"),
        ("01-08 12:33:10.101  root   212   212 I usb 1-1 : hi", None, "usb 1-1: hi"),
        ("01-08 12:33:10.101  root   212   212 I mdss_fb: hi", None, "mdss_fb: hi"),
        ("a text of its own", None, "a text of its own"),
    ],
)
def test_a_message_of_the_kernel_reads_alike_in_both_forms(line, uptime, said):
    got = kernel.message(line)
    assert (got.uptime_ms, got.text) == (uptime, said)
