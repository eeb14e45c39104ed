"""Atomic writes, JSON, and the suppression of stderr."""

import os

import pytest

from super_resolution.errors import UserError
from super_resolution.files import read_json, replacing, replacing_folder, write_json
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


def test_files_of_a_killed_run_are_not_in_the_next_result(tmp_path):
    (tmp_path / ".part-track").mkdir()
    (tmp_path / ".part-track" / "stale.txt").write_text("stale")
    with replacing_folder(tmp_path / "track") as part:
        (part / "new.txt").write_text("new")
    assert [p.name for p in (tmp_path / "track").iterdir()] == ["new.txt"]


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
