"""A full file system as tar or zip: paths as on the phone, links named, what is cut told; and what people hand over."""

import gzip
import io
import tarfile
import zipfile

import pytest

from svitac.discover import artifacts
from svitac.model import Unreadable
from svitac.run.plan import plan
from svitac.sources import open_evidence
from svitac.sources.tree import matcher
from tests import make
from tests.support import artifact, parsed

PACKAGES = b"<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<packages />\n"
DUMP = b"========================================================\n== dumpstate: 2025-03-28 12:00:00\n"


def tarred(files, links=(), form=tarfile.GNU_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1_700_000_000
            archive.addfile(info, io.BytesIO(content))
        for name, target, kind in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    return out.getvalue()


def opened(tmp_path, content, name="dump.tar"):
    path = tmp_path / name
    path.write_bytes(content)
    return open_evidence(path)


def contents(tree):
    found = {}
    for leaf in tree:
        with leaf.open() as src:
            found[leaf.path] = src.read()
    return found


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("packed", [False, True])
def test_a_tar_and_a_tar_gz_give_their_files(tmp_path, form, packed):
    long = "data/data/" + "/".join(["a" * 40] * 4)
    files = {"./data/system/packages.xml": PACKAGES, "/system/build.prop": b"a=b\n", long: b"1" * 700, "empty": b""}
    content = tarred(files, form=form)
    tree = opened(tmp_path, gzip.compress(content) if packed else content, "anything")
    assert tree.problems == []
    expected = {"data/system/packages.xml": PACKAGES, "system/build.prop": b"a=b\n", long: b"1" * 700, "empty": b""}
    assert contents(tree) == expected
    assert tree.leaves["empty"].modified.utc.isoformat() == "2023-11-14T22:13:20+00:00"


def test_links_are_gathered_into_one_problem_that_costs_nothing(tmp_path):
    links = [(f"link{n}", "/etc/passwd", tarfile.SYMTYPE) for n in range(30)] + [("hard", "a", tarfile.LNKTYPE)]
    tree = opened(tmp_path, tarred({"a": b"1"}, [*links, ("pipe", "", tarfile.FIFOTYPE)]))
    assert [leaf.path for leaf in tree] == ["a"]
    named, odd = tree.problems
    assert named.detail.startswith("31 links are not followed: link0 -> /etc/passwd; link1")
    assert named.detail.endswith("; ...")
    assert odd.detail.startswith("1 entries that are neither")
    assert {p.loss for p in tree.problems} == {"none"}


def test_a_file_with_holes_is_told_as_lost(tmp_path):
    info = tarfile.TarInfo("data/app.db")
    info.type = tarfile.GNUTYPE_SPARSE
    tree = opened(tmp_path, info.tobuf(tarfile.GNU_FORMAT) + tarred({"a": b"1"}))
    assert [leaf.path for leaf in tree] == ["a"]
    assert [(p.loss, "data/app.db" in p.detail) for p in tree.problems] == [("file", True)]


def test_links_in_a_zip_are_named_too(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("Dump/data/a", "1")
        link = zipfile.ZipInfo("Dump/sdcard")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/storage/self/primary")
    tree = opened(tmp_path, out.getvalue(), "EXTRACTION_FFS.zip")
    assert [leaf.path for leaf in tree] == ["Dump/data/a"]
    assert [p.detail for p in tree.problems] == ["1 links are not followed: Dump/sdcard"]


def test_cut_anywhere_it_gives_what_stands_before(tmp_path):
    files = {"a": b"1" * 700, "b": b"2" * 1_500, "c": b"3" * 100}
    whole = tarred(files)
    for packed in (False, True):
        for size in range(600, len(tarred(files)[:6_000]), 250):
            content = whole[:size]
            tree = opened(tmp_path, gzip.compress(content) if packed else content)
            assert [p.loss for p in tree.problems] == (["file"] if size <= 4_608 else [])
            for leaf in tree:
                with leaf.open() as src:
                    got = src.read()
                    assert files[leaf.path].startswith(got)
                    if got != files[leaf.path]:
                        with pytest.raises(Unreadable, match="ends inside this file"):
                            src.read(1)


def test_a_gz_that_was_cut_gives_the_tar_before_the_cut(tmp_path):
    files = {f"{n}": bytes([n]) * 50_000 for n in range(40)}
    packed = gzip.compress(tarred(files))
    tree = opened(tmp_path, packed[: len(packed) // 2], "x.tar.gz")
    assert len(tree.leaves) > 5
    assert {p.loss for p in tree.problems} == {"file"}


def test_damage_in_the_middle_is_not_taken_for_the_end(tmp_path):
    content = bytearray(tarred({"a": b"1", "b": b"2", "c": b"3"}))
    content[1_024:1_100] = b"\xff" * 76
    tree = opened(tmp_path, bytes(content))
    assert [leaf.path for leaf in tree] == ["a"]
    assert [p.loss for p in tree.problems] == ["file"]


def test_a_text_is_no_tar(tmp_path):
    assert [leaf.path for leaf in opened(tmp_path, b"a" * 2_000, "x.log")] == ["x.log"]


@pytest.mark.parametrize("root", ["Dump/", "", "./", "/", "Dump\\"])
def test_a_full_file_system_is_found_wherever_its_root_is(tmp_path, root):
    name = root + "data/system/packages.xml"
    path = (r"\\" in root and name.replace("/", "\\")) or name
    tree = opened(tmp_path, make.zipped({path: PACKAGES}), "x.zip")
    assert [leaf.name for leaf in tree.find(["**/data/system/packages.xml"])] == ["packages.xml"]


@pytest.mark.parametrize("wanted", artifacts(), ids=lambda a: a.id)
def test_every_glob_fits_below_any_root(wanted):
    """`**/x`, or a path that AndroidQF alone writes."""
    for glob in wanted.paths:
        assert glob.startswith("**/") or matcher(wanted.paths)("root/" + glob.replace("*", "x")), glob


def test_apks_are_not_entered_and_archives_of_the_owner_are(tmp_path):
    inner = make.zipped({"x": b"1"})
    tree = opened(tmp_path, tarred({"data/app/a/base.apk": inner, "data/media/0/Download/a.zip": inner}))
    assert [leaf.path for leaf in tree] == ["data/app/a/base.apk", "data/media/0/Download/a.zip!/x"]


# --------------------------------------------------------------------------------------------------------------------
# Other things that people hand over

WRAPPED = {
    "dumpState_A346BXXU7CXK1_202503281200.log": lambda: {"dumpState_A346BXXU7CXK1_202503281200.log": DUMP},
    "dumpState_A346BXXU7CXK1_202503281200.zip": lambda: {
        "dumpState_A346BXXU7CXK1_202503281200.zip": make.zipped({"dumpState_A346BXXU7CXK1_202503281200.log": DUMP})
    },
    "MIUI, a bug report in a zip in a zip": lambda: {
        "bugreport-2025-03-28-120000.zip": make.zipped(
            {"bugreport-alioth-TKQ1.zip": make.zipped({"bugreport-alioth-TKQ1.txt": DUMP, "main_entry.txt": b"x"})}
        )
    },
    "an old bug report": lambda: {"bugreport-2019.txt.gz": gzip.compress(DUMP)},
}


@pytest.mark.parametrize("form", WRAPPED)
@pytest.mark.parametrize("in_folder", [False, True])
def test_a_bug_report_is_known_in_every_wrapping(tmp_path, form, in_folder):
    folder = make.folder(tmp_path / "f", WRAPPED[form]())
    tree = open_evidence(folder if in_folder else next(folder.iterdir()))
    assert tree.problems == []
    assert sum(job.dump for job in plan(tree, artifacts())) == 1


def test_the_time_of_a_file_in_a_tar_is_a_fact_on_its_own(tmp_path):
    """`bootstat` keeps its values there."""
    (tmp_path / "x.tar").write_bytes(tarred({"data/misc/bootstat/factory_reset": b""}))
    (record,) = parsed(tmp_path / "x.tar", artifact("android.bootstat"))
    assert record.time.isoformat() == "2023-11-14T22:13:20+00:00"


def test_a_file_knows_what_stands_beside_it(tmp_path):
    tree = opened(tmp_path, tarred({"a/b/c": b"1", "a/d": b"2", "a/b/c-wal": b"3"}))
    leaf = tree.leaves["a/b/c"]
    assert leaf.sibling("-wal").path == "a/b/c-wal"
    assert leaf.sibling("/../../d").path == "a/d"
    assert leaf.sibling("/../../../../../etc/passwd") is None
