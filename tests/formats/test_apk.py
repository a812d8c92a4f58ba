"""APK files: what malware does to them, and that a published certificate is found in one."""

import random
import struct

import pytest

from svitac.api import check, options
from svitac.formats.apk import Apk, Reference, Resources, Strings
from svitac.indicators.load import load
from svitac.model import Loss, Problem, Unreadable
from svitac.sources import open_evidence
from tests import make_apk
from tests.support import HERE, artifact, parsed

CASES = HERE / "artifacts"
OWN = make_apk.der(make_apk.signer("Example Sync")[0])
V2, V3 = 0x7109871A, 0xF05368C0


def read(tmp_path, content, which="android.apks"):
    target = tmp_path / "e" / "apks" / "x.apk"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    items = list(parsed(tmp_path / "e", artifact(which)))
    assert [i.detail for i in items if isinstance(i, Problem) and i.bug] == []
    return [i for i in items if not isinstance(i, Problem)], [i for i in items if isinstance(i, Problem)]


def with_manifest(root=make_apk.SPY, signing=b"", **files):
    return make_apk.apk({"AndroidManifest.xml": make_apk.axml(root), **files}, signing)


def test_the_fixtures_are_what_the_writer_makes():
    for name, content in make_apk.fixtures().items():
        assert (CASES / "android.apks" / f"{name}.hex").read_text() == make_apk._hex(content)


@pytest.mark.parametrize("scheme", ["v1", "v2", "v3"])
def test_a_published_certificate_is_found_in_an_apk_of_any_name(tmp_path, scheme):
    """packages.json of a fast or encrypted acquisition has no certificates; the APK does."""
    old = {"META-INF/X.RSA": make_apk.v1("Example Sync")} if scheme == "v1" else {}
    signing = {"v1": b"", "v2": make_apk.block((V2, OWN)), "v3": make_apk.block((V3, OWN))}[scheme]
    (record,), _ = read(tmp_path, with_manifest(signing=signing, **old))
    assert record.schemes == (scheme,)
    given = tmp_path / "novispy.csv"
    given.write_text(f"type,value\ncertificate,{record.certificates[0].upper()}\n")
    known = load([given])
    assert len(known.indicators) == 1, known.problems
    answer = check(tmp_path / "e", tmp_path / "r", options(known=known), lambda path, done, of: None)
    found = [f for f in answer.findings if f.rule == "any.indicator"]
    assert [(f.level, f.stage) for f in found] == [("critical", "persisted")]
    assert found[0].places[0].where.path == "apks/x.apk"


def test_flags_that_mislead_tools_are_told_and_passed_by(tmp_path):
    """BadPack: the central directory lies about encryption."""
    raw = bytearray(with_manifest())
    entry = raw.rindex(b"PK\1\2")
    raw[entry + 8] |= 1
    (record,), problems = read(tmp_path, bytes(raw))
    assert record.package == "org.example.sync"
    assert [p.loss for p in problems] == [Loss.NONE]


def test_an_unknown_method_is_read_as_stored_as_android_does(tmp_path):
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("AndroidManifest.xml", make_apk.axml(make_apk.SPY))
    raw = bytearray(out.getvalue())
    entry = raw.rindex(b"PK\1\2")
    raw[entry + 10 : entry + 12] = struct.pack("<H", 0x4321)
    raw[entry + 20 : entry + 24] = struct.pack("<I", 7)  # and a packed size that is not so
    (record,), problems = read(tmp_path, bytes(raw))
    assert len(record.permissions) == 3
    assert [p.loss for p in problems] == [Loss.NONE]


def test_code_before_the_archive_is_told(tmp_path):
    (record,), problems = read(tmp_path, b"dex\n035\0" + bytes(100) + with_manifest())
    assert record.package == "org.example.sync"
    assert "Janus" in problems[0].detail


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"hello", bytes(5000), with_manifest()[:-30]])
def test_what_is_no_apk_costs_itself(tmp_path, content):
    records, problems = read(tmp_path, content + b"x")
    assert records == []
    assert [p.loss for p in problems] == [Loss.FILE]


def test_an_apk_without_a_manifest_still_shows_who_signed_it(tmp_path):
    (record,), problems = read(tmp_path, make_apk.apk({"classes.dex": b"dex"}, make_apk.block((V2, OWN))))
    assert len(record.certificates) == 1
    assert [p.loss for p in problems] == [Loss.FILE]


def test_a_certificate_that_cannot_be_read_keeps_its_hash(tmp_path):
    (record,), problems = read(tmp_path, with_manifest(signing=make_apk.block((V2, b"no certificate"))))
    assert (len(record.certificates), record.certificate_subjects) == (1, ("",))
    assert len(problems) == 1


def test_references_in_a_circle_and_without_end_are_left(tmp_path):
    table = make_apk.resources({"": "x"})
    assert Resources(table).find(Reference(0x7F010000)) == "x"
    assert Resources(table).find(Reference(0x7F010001)) is None
    circle = table.replace(struct.pack("<HBBI", 8, 0, 3, 0), struct.pack("<HBBI", 8, 0, 1, 0x7F010000))
    assert circle != table
    assert Resources(circle).find(Reference(0x7F010000)) is None
    endless = Resources(table)
    with pytest.raises(Unreadable):
        for _ in range(30_000):
            endless.find(Reference(0x7F010000))


def test_many_attributes_on_one_place_are_refused(tmp_path):
    raw = make_apk.axml(("manifest", {"package": "a.b"}))
    stride = struct.pack("<HHHHHH", 20, 20, 1, 0, 0, 0)
    assert raw.count(stride) == 1
    (record,), problems = read(
        tmp_path, make_apk.apk({"AndroidManifest.xml": raw.replace(stride, struct.pack("<HHHHHH", 20, 0, 9, 0, 0, 0))})
    )
    assert record.package is None
    assert "attributes" in problems[0].detail


def test_only_the_apps_own_elements_count(tmp_path):
    """A second `application` deep inside, or a service outside of one, means nothing to Android."""
    root = ("manifest", {"package": "a.b"}, ("service", {"name": ".Outside"}),
            ("application", {"label": "Real"}, ("application", {"label": "False"}, ("service", {"name": ".Deep"})),
                ("receiver", {"name": "c.R"}, ("meta-data", {}, ("action", {"name": "no"})))))  # fmt: skip
    (record,), _ = read(tmp_path, with_manifest(root))
    assert record.label == "Real"
    parts, _ = read(tmp_path, with_manifest(root), "android.apk_components")
    assert [(p.name, p.actions) for p in parts] == [("c.R", ())]


@pytest.mark.parametrize("utf8", [True, False])
def test_long_and_foreign_strings(utf8):
    texts = ["", "a" * 200, "Ћ" * 300, "🔥"]
    raw = make_apk.pool(texts, utf8)
    from svitac.formats.apk import _Chunk

    strings = Strings(raw, _Chunk(1, 0, 28, len(raw)))
    assert [strings.get(n) for n in range(4)] == texts
    assert strings.get(0xFFFFFFFF) is None
    assert strings.get(5_000) is None


def test_no_bytes_break_the_reader(tmp_path):
    """The manifest, the resources and the signing block, each with bytes changed at will."""
    chance = random.Random(3)
    manifest, table = make_apk.axml(make_apk.SPY), make_apk.resources({"": "x", "sr": "y"})
    signing, old = make_apk.block((V2, OWN), (V3, OWN)), make_apk.v1("Example Sync")

    def changed(raw, keep=0):
        raw = bytearray(raw)
        for _ in range(chance.choice((0, 1, 3, 20))):
            raw[chance.randrange(len(raw) - keep)] = chance.choice((0, 1, 0xFF, chance.randrange(256)))
        return bytes(raw)

    target = tmp_path / "x.apk"
    for _ in range(600):
        files = {
            "AndroidManifest.xml": changed(manifest),
            "resources.arsc": changed(table),
            "META-INF/A.EC": changed(old),
        }
        (tmp_path / "apks").mkdir(exist_ok=True)
        target = tmp_path / "apks" / "x.apk"
        target.write_bytes(make_apk.apk(files, changed(signing, 24)))
        (leaf,) = open_evidence(tmp_path)
        for which in ("android.apks", "android.apk_components"):
            list(artifact(which).parse(leaf))


def test_reading_twice_gives_the_same(tmp_path):
    (tmp_path / "x.apk").write_bytes(with_manifest())
    (leaf,) = open_evidence(tmp_path)
    apk = Apk(leaf)
    assert list(apk.elements()) == list(apk.elements())
