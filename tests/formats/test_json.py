"""JSON lists of any size: borders in strings, garbled and cut elements."""

import io
import json as plain

import pytest
from msgspec import Struct

from svitac.formats import json
from svitac.model import Problem, Unreadable


class Memory:
    path = "x.json"

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.raw)


class Row(Struct):
    n: int
    path: str = ""


def read(raw, reader=json.objects):
    """Values, the spots of problems, and whether the end was missing."""
    good, bad = [], []
    try:
        for item in reader(Memory(raw)):
            if isinstance(item, Problem):
                bad.append(item.where.spot)
            else:
                good.append(item[1])
    except Unreadable as exc:
        return good, bad, exc.spot
    return good, bad, None


ROWS = [{"n": n, "path": f'/a b/"x"}},{n} }}, {{ [', "files": [{"a": 1}, {"b": "é"}]} for n in range(40)]
FORMS = {
    "compact": plain.dumps(ROWS, separators=(",", ":")).encode(),
    "indented": plain.dumps(ROWS, indent=4, ensure_ascii=False).encode(),
    "lines": "\n".join(map(plain.dumps, ROWS)).encode(),
    "bom": b"\xef\xbb\xbf \n" + plain.dumps(ROWS).encode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("block", [7, 64, 1000, 2**20])
def test_every_element_is_read_whatever_the_blocks(form, block, monkeypatch):
    monkeypatch.setattr(json, "BLOCK", block)
    assert read(FORMS[form]) == (ROWS, [], None)


@pytest.mark.parametrize("form", ["compact", "indented"])
@pytest.mark.parametrize("block", [64, 2**20])
def test_a_cut_list_gives_what_was_whole_and_says_that_it_is_cut(form, block, monkeypatch):
    monkeypatch.setattr(json, "BLOCK", block)
    whole = FORMS[form]
    for size in range(1, len(whole) - 1, 97):
        good, bad, spot = read(whole[:size])
        assert good == ROWS[: len(good)]
        assert bad == []
        assert spot == f"item {len(good) + 1}"


@pytest.mark.parametrize("block", [64, 2**20])
def test_a_garbled_element_costs_itself(block, monkeypatch):
    monkeypatch.setattr(json, "BLOCK", block)
    raw = plain.dumps(ROWS, indent=4).encode().replace(b'"n": 7,', b'"n" 7,')
    assert read(raw) == (ROWS[:7] + ROWS[8:], ["item 8"], None)


def test_what_is_not_an_object_is_a_problem():
    assert read(b'[{"n":1}, 5, "x", {"n":2}]') == ([{"n": 1}, {"n": 2}], ["item 2", "item 3"], None)


def test_an_empty_list_and_null_are_empty():
    assert read(b"[]") == read(b"null") == read(b" [ \n ] \n") == ([], [], None)


def test_an_empty_file_is_unreadable():
    assert read(b"")[2] == "item 1"


def test_bytes_that_are_not_utf8_are_kept_as_escapes():
    assert read(b'[{"n":1,"path":"\xff"},{"n":2,"path":"\\ud800"}]')[0] == [
        {"n": 1, "path": "\\xff"},
        {"n": 2, "path": "\ufffd"},
    ]


def test_depth_costs_a_problem():
    good, bad, _ = read(b'[{"n":1},{"n":' + b"[" * 100_000 + b"]" * 100_000 + b'},\n{"n":2}]')
    assert good == [{"n": 1}, {"n": 2}]
    assert bad == ["item 2"]


def test_a_struct_is_given_where_it_fits_and_a_dict_where_not():
    got, bad, _ = read(b'[{"n":1},{"n":"x"},{"n":2,"path":"p"}]', lambda file: json.typed(file, Row))
    assert (got, bad) == ([Row(1), {"n": "x"}, Row(2, "p")], [])


def test_strings():
    assert read(b'["a", 3, "b"]', json.strings) == (["a", "b"], ["item 2"], None)
    assert read(b'["a", "b', json.strings) == (["a"], [], "item 2")


def test_elements_that_start_otherwise_than_the_first_are_found(monkeypatch):
    """A first line of its own, then commas in front: the indent of the first element says nothing."""
    monkeypatch.setattr(json, "BLOCK", 256)
    monkeypatch.setattr(json, "LARGEST", 4_096)
    text = "[\n" + "".join(("," if n else "") + plain.dumps(row) + "\n" for n, row in enumerate(ROWS)) + "]\n"
    assert read(text.encode()) == (ROWS, [], None)
