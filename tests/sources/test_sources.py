"""Evidence in every form becomes the same tree, and what cannot be opened says so."""

import zipfile

import pytest

from svitac import blob
from svitac.model import Unreadable
from svitac.sources import Keys, open_evidence
from tests import make

FILES = {
    "getprop.txt": b"[a]: [b]\n",
    "logs/x.txt": b"line\n" * 1000,
    "bugreport.zip": make.zipped({"main.txt": b"hello"}),
}
EXPECTED = {"getprop.txt": FILES["getprop.txt"], "logs/x.txt": FILES["logs/x.txt"], "bugreport.zip!/main.txt": b"hello"}
SMS_PATH = "apps/com.android.providers.telephony/d_f/000000_sms_backup"


def read(path, keys=None):
    tree = open_evidence(path, keys)
    assert tree.problems == []
    found = {}
    for leaf in tree:
        with leaf.open() as src:
            found[leaf.path] = src.read()
    return found


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_a_folder_and_a_zip_give_the_same_tree(tmp_path):
    assert read(make.folder(tmp_path / "f", FILES)) == EXPECTED
    assert read(written(tmp_path, "any-name.zip", make.zipped(FILES))) == EXPECTED


def test_the_name_of_the_outer_file_does_not_matter(tmp_path):
    content = make.zipped(FILES)
    assert read(written(tmp_path, "evidence", content)) == EXPECTED


def test_age_for_a_key_and_for_a_passphrase(tmp_path):
    sealed, identity = make.for_key(make.zipped(FILES))
    path = written(tmp_path, "x.zip.age", sealed)
    assert read(path, Keys((identity,))) == EXPECTED
    locked = written(tmp_path, "y.zip.age", make.for_passphrase(make.zipped(FILES), "long words"))
    assert read(locked, Keys(password="long words")) == EXPECTED


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (Keys(), "--key"),
        (Keys(("AGE-SECRET-KEY-1NONSENSE",)), "not a valid age identity"),
        (Keys((make.for_key(b"")[1],)), "wrong identity"),
    ],
)
def test_age_without_the_right_key_says_what_is_missing(tmp_path, keys, says):
    path = written(tmp_path, "x.zip.age", make.for_key(make.zipped(FILES))[0])
    with pytest.raises(Unreadable, match=says):
        open_evidence(path, keys)


def test_a_passphrase_that_is_missing_or_wrong(tmp_path):
    path = written(tmp_path, "x.zip.age", make.for_passphrase(b"PK", "right"))
    with pytest.raises(Unreadable, match="--password-file"):
        open_evidence(path)
    with pytest.raises(Unreadable, match="wrong passphrase"):
        open_evidence(path, Keys(password="wrong"))


def test_a_truncated_age_file_is_an_error(tmp_path):
    sealed, identity = make.for_key(make.zipped(FILES) * 50)
    with pytest.raises(Unreadable, match="truncated"):
        open_evidence(written(tmp_path, "x.zip.age", sealed[:-20]), Keys((identity,)))


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("password", ["", "123456", "šifra"])
def test_adb_backups_of_every_version(tmp_path, version, compressed, password):
    content = make.backup({SMS_PATH: make.SMS, "apps/x/_manifest": b"1\n"}, version, compressed, password)
    path = written(tmp_path, "backup.ab", content)
    assert read(path, Keys(password=password or None)) == {SMS_PATH: make.SMS, "apps/x/_manifest": b"1\n"}


def test_an_encrypted_backup_without_its_password(tmp_path):
    path = written(tmp_path, "backup.ab", make.backup({SMS_PATH: make.SMS}, password="right"))
    with pytest.raises(Unreadable, match="--password-file"):
        open_evidence(path)
    with pytest.raises(Unreadable, match="wrong password"):
        open_evidence(path, Keys(password="wrong"))


def test_an_absurd_number_of_rounds_is_refused_at_once(tmp_path):
    content = make.backup({SMS_PATH: make.SMS}, password="right").replace(b"\n1000\n", b"\n99999999999\n")
    with pytest.raises(Unreadable, match="a number from 1 to"):
        open_evidence(written(tmp_path, "backup.ab", content), Keys(password="right"))


def test_backups_cut_anywhere_are_errors_and_never_crash(tmp_path):
    for password in ("", "right"):
        whole = make.backup({SMS_PATH: make.SMS * 40}, password=password)
        for size in range(20, len(whole) - 1, 23):
            path = written(tmp_path, "backup.ab", whole[:size])
            with pytest.raises(Unreadable):
                open_evidence(path, Keys(password="right"))


def test_a_broken_container_inside_costs_only_itself(tmp_path):
    files = {
        **FILES,
        "backup.ab": make.backup({"a": b"b"}, password="secret"),
        "broken.zip": FILES["bugreport.zip"][:-30],
        "hopeless.zip": FILES["bugreport.zip"][:20],
    }
    tree = open_evidence(make.folder(tmp_path / "f", files))
    assert {leaf.path for leaf in tree} == {*EXPECTED, "broken.zip!/main.txt"}
    lost = {"backup.ab": "file", "broken.zip": "file", "hopeless.zip": "file"}
    assert {p.where.path: p.loss for p in tree.problems} == lost


def test_a_zip_without_its_list_of_files_is_salvaged_and_says_so(tmp_path):
    tree = open_evidence(written(tmp_path, "x.zip", make.zipped(FILES)[:-40]))
    assert {leaf.path for leaf in tree} == set(EXPECTED)
    (problem,) = tree.problems
    assert problem.loss == "file"
    assert "3 whole files were salvaged" in problem.detail


def test_an_entry_whose_bytes_are_damaged_is_unreadable(tmp_path):
    content = bytearray(make.zipped({"x.txt": bytes(range(256)) * 200}))
    content[200] ^= 0xFF
    (leaf,) = open_evidence(written(tmp_path, "x.zip", bytes(content)))
    with leaf.open() as src, pytest.raises(Unreadable, match="damaged"):
        src.read()


def test_a_bomb_is_refused(tmp_path):
    content = make.zipped({"x.txt": b"\0" * 200 * 2**20})
    (leaf,) = open_evidence(written(tmp_path, "x.zip", content))
    with leaf.open() as src, pytest.raises(Unreadable, match="bomb"):
        while src.read(2**20):
            pass


def test_containers_nested_without_end_are_refused(tmp_path):
    content = b"deep"
    for _ in range(8):
        content = make.zipped({"x.zip": content})
    tree = open_evidence(written(tmp_path, "x.zip", content))
    assert [p.detail for p in tree.problems] == ["refused: 4 containers inside one another"]


def test_hostile_names_stay_names(tmp_path):
    names = ["../../etc/cron.d/x", "/abs", "a\\b", "x\x1b[31m", "same", "same"]
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for name in names:
            archive.writestr(name, "1")
    assert set(read(tmp_path / "x.zip")) == {"../../etc/cron.d/x", "abs", "a/b", "x\x1b[31m", "same", "same#2"}


def test_links_are_named_and_not_followed(tmp_path):
    make.folder(tmp_path / "f", {"a.txt": b"1"})
    (tmp_path / "f" / "link.txt").symlink_to("/etc/passwd")
    tree = open_evidence(tmp_path / "f")
    assert [leaf.path for leaf in tree] == ["a.txt"]
    assert [p.where.path for p in tree.problems] == ["link.txt"]


@pytest.mark.parametrize("content", [b"", None])
def test_nothing_is_an_error(tmp_path, content):
    path = tmp_path / "x"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(Unreadable, match="empty"):
        open_evidence(path)


def test_spooled_bytes_are_the_same_in_memory_and_on_disk(tmp_path, monkeypatch):
    content = bytes(range(256)) * 5_000
    path = written(tmp_path, "x.zip", make.zipped({"inner.zip": make.zipped({"x": content})}))
    in_memory = read(path)
    monkeypatch.setattr(blob, "IN_MEMORY", 1_000)
    assert read(path) == in_memory == {"inner.zip!/x": content}


def test_readers_of_one_blob_do_not_disturb_each_other(monkeypatch):
    import io

    monkeypatch.setattr(blob, "IN_MEMORY", 10)
    spooled = blob.spool(io.BytesIO(b"0123456789" * 100))
    with spooled.open() as one, spooled.open() as other:
        assert one.read(5) == b"01234"
        assert other.read(3) == b"012"
        assert one.read(5) == b"56789"
        assert other.seek(-4, 2) == 996
        assert other.read() == b"6789"
    with blob.cut(spooled.open(), 5, 12) as part:
        assert part.read() == b"567890123456"
