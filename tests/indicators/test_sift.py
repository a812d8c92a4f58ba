"""The fast look at columns and the slow look at each record agree, as they must."""

import ipaddress

from hypothesis import given, settings
from hypothesis import strategies as st

from svitac.artifacts.android.files import FileEntry
from svitac.indicators import normal
from svitac.indicators.match import Matcher
from svitac.indicators.model import Indicator
from svitac.model import Bulk, Kind

PARTS = st.sampled_from(["data", "local", "tmp", "falcon", "l", "look", "sdcard", "storage", "emulated", "0", "x.apk"])
PATHS = st.lists(PARTS, min_size=1, max_size=6).map(lambda parts: "/" + "/".join(parts))
HASHES = st.sampled_from([None, "aa" * 32, "bb" * 32])
VALUES = st.one_of(
    st.tuples(st.just(Kind.PATH), PATHS),
    st.tuples(st.just(Kind.PATH), st.sampled_from(["/tmp/l/", "local/tmp/falcon", "/data/*/tmp", "/sdcard"])),
    st.tuples(st.just(Kind.FILENAME), st.sampled_from(["falcon", "x.apk"])),
    st.tuples(st.just(Kind.HASH), st.just("aa" * 32)),
)
OTHERS = [n for n in FileEntry.__struct_fields__ if n not in ("where", "path", "sha256")]


@settings(max_examples=300)
@given(st.lists(VALUES, max_size=5), st.lists(st.tuples(PATHS, HASHES), min_size=1, max_size=8))
def test_no_hit_is_lost_by_the_fast_look(indicators, rows):
    found = [Indicator(kind=kind, value=value, collection="c", source="s") for kind, value in indicators]
    matcher = Matcher(found)
    columns = {"path": [p for p, _ in rows], "sha256": [h for _, h in rows]} | {n: [None] * len(rows) for n in OTHERS}
    bulk = Bulk(FileEntry, "files.json", 1, columns)
    watch = matcher.watch(FileEntry)
    hits = {n for n, record in enumerate(bulk.rows(range(len(rows)))) if watch and watch(record)}
    assert hits <= set(matcher.sift(FileEntry)(columns))


@given(st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,4}){3}", fullmatch=True))
def test_addresses_by_hand_are_what_the_library_says(text):
    try:
        expected = (4, int(ipaddress.IPv4Address(text)))
    except ValueError:
        expected = None
    assert normal.address(text) == expected
