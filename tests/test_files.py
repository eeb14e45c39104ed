"""Atomic writes, JSON, and the suppression of stderr."""

import json
import os
import re

import pytest

from super_resolution.errors import UserError
from super_resolution.files import (
    read_json,
    remove_abandoned,
    replacing,
    replacing_folder,
    write_json,
)
from super_resolution.stderr import suppress_stderr


def test_a_file_is_moved_into_place_when_it_is_complete(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    with replacing(path) as part:
        part.write_text("one")
        assert not path.exists()
    assert path.read_text() == "one"
    assert list(path.parent.iterdir()) == [path]


def test_an_exception_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as part:
        assert part.name.endswith(".safetensors")
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "track"
    path.mkdir()
    (path / "old.txt").write_text("old")
    with replacing_folder(path) as part:
        (part / "new.txt").write_text("new")
    assert [p.name for p in path.iterdir()] == ["new.txt"]
    assert list(tmp_path.iterdir()) == [path]


def test_an_exception_leaves_the_old_folder(tmp_path):
    path = tmp_path / "track"
    path.mkdir()
    (path / "old.txt").write_text("old")
    with pytest.raises(RuntimeError), replacing_folder(path) as part:
        (part / "new.txt").write_text("new")
        raise RuntimeError
    assert [p.name for p in path.iterdir()] == ["old.txt"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", [".part-0123abcd", ".part-0123abcd.wav", ".part-a.txt"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_run_left_is_removed(tmp_path, kind, name):
    stale = tmp_path / name
    if kind == "file":
        stale.write_text("stale")
    else:
        stale.mkdir()
        (stale / "a.txt").write_text("stale")
    with replacing(tmp_path / "a.txt") as part:
        part.write_text("one")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_what_another_run_is_writing_is_not_removed(tmp_path):
    with replacing(tmp_path / "a.txt") as one, replacing_folder(tmp_path / "b") as two:
        with replacing(tmp_path / "c.txt"):
            assert one.exists() and two.exists()
        assert one.exists() and two.exists()


def test_files_that_only_look_like_ours_are_not_removed(tmp_path):
    names = [".part-", ".part-song.wav", ".part-0123ABCD", "x.part-0123abcd", ".part-0123abcdz"]
    for name in names:
        (tmp_path / name).write_text("precious")
    remove_abandoned(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_the_temporary_name_says_what_is_written(tmp_path):
    with replacing(tmp_path / "a.wav") as one, replacing(tmp_path / "a.wav") as two:
        assert one.name == ".part-a.wav"
        assert re.fullmatch(r"\.part-[0-9a-f]{8}\.wav", two.name)


def test_of_two_writers_the_last_one_wins_whole(tmp_path):
    path = tmp_path / "a.txt"
    with replacing(path) as first:
        with replacing(path) as second:
            assert first != second
            first.write_text("first")
            second.write_text("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_second_run_on_one_folder_is_refused(tmp_path):
    with replacing_folder(tmp_path / "track") as part:
        (part / "a.txt").write_text("first")
        with (
            pytest.raises(UserError, match="another run is writing .*track: wait"),
            replacing_folder(tmp_path / "track"),
        ):
            raise AssertionError
    assert (tmp_path / "track/a.txt").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["track"]


@pytest.mark.parametrize(
    "name",
    [
        b"x" * 251 + b".wav",
        b"x." + b"y" * 253,
        "春".encode() * 83 + b".wav",
        b"caf\xe9.wav",
        b"new\nline \x1b.wav",
        b".hidden",
    ],
)
def test_names_of_any_length_and_bytes(tmp_path, name):
    path = tmp_path / os.fsdecode(name)
    with replacing(path) as part:
        part.write_text("one")
    assert [os.fsencode(path.name) for path in tmp_path.iterdir()] == [name]


def test_the_endings_of_the_name_are_kept(tmp_path):
    with replacing(tmp_path / "a.weights.h5") as part:
        assert part.name.endswith(".weights.h5")


def test_json_with_half_a_surrogate_pair_is_written(tmp_path):
    content = {"model": os.fsdecode(b"caf\xe9")}
    write_json(tmp_path / "a.json", content)
    assert json.loads((tmp_path / "a.json").read_text()) == content


def test_json_of_any_size_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("super_resolution.files.MAX_JSON_BYTES", 100)
    (tmp_path / "a.json").write_text('{"a": "' + "x" * 100 + '"}')
    with pytest.raises(UserError, match="damaged .larger than"):
        read_json(tmp_path / "a.json", remedy="scan again")


def test_json_keeps_japanese_readable(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"title": "春の海", "frames": 3})
    assert "春の海" in path.read_text("utf-8")
    assert read_json(path, remedy="x") == {"title": "春の海", "frames": 3}


@pytest.mark.parametrize("text", ["", "{", "[1]", "3", "[" * 100_000, '{"a": 1'])
def test_damaged_json_is_an_error_with_the_remedy(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(UserError, match="damaged.*scan again"):
        read_json(path, remedy="scan again")


def test_json_in_another_encoding_is_damaged(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'{"a": "\xff\xfe"}')
    with pytest.raises(UserError, match="damaged"):
        read_json(path, remedy="scan again")


@pytest.mark.parametrize("shown", [True, False])
def test_stderr_is_suppressed_and_shown_after_an_error_if_asked_for(capfd, shown):
    with suppress_stderr(shown_on_error=shown):
        os.write(2, b"warning\n")
    assert capfd.readouterr().err == ""
    with pytest.raises(RuntimeError), suppress_stderr(shown_on_error=shown):
        os.write(2, b"reason\n")
        raise RuntimeError
    assert capfd.readouterr().err == ("reason\n" if shown else "")


def test_after_a_kill_between_the_two_renames_the_old_folder_comes_back(tmp_path):
    (tmp_path / ".old-track").mkdir()
    (tmp_path / ".old-track" / "a.txt").write_text("old")
    with pytest.raises(RuntimeError), replacing_folder(tmp_path / "track"):
        raise RuntimeError
    assert (tmp_path / "track" / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["track"]


def test_an_error_names_the_file_and_not_the_temporary_one(tmp_path):
    with pytest.raises(FileExistsError) as error, replacing(tmp_path / "a.txt") as part:
        raise FileExistsError(17, "File exists", str(part))
    assert error.value.filename == str(tmp_path / "a.txt")


def test_an_error_in_making_the_temporary_file_names_the_one_that_was_asked_for(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"), replacing(tmp_path / "file/a.txt"):
        raise AssertionError
