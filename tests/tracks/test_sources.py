"""Sources: their kind by their spelling, files, and the demo song."""

from pathlib import Path

import pytest

from super_resolution.errors import UsageError
from super_resolution.tracks.download import fetch_songs
from super_resolution.tracks.sources import AUTHORS_SONG, Source, kind, locate


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("demo", "demo"),
        ("./demo", "file"),
        ("Demo", "file"),
        ("demo.wav", "file"),
        ("夜の歌.flac", "file"),
        ("http.wav", "file"),
        ("C:/a.wav", "file"),
        (AUTHORS_SONG, "url"),
        ("HTTP://example.org/a", "url"),
        ("http://127.0.0.1:8000/a.webm", "url"),
    ],
)
def test_kind(source, expected):
    assert kind(source) == expected


@pytest.mark.parametrize(
    "source",
    ["", "ftp://example.org/a", "file:///etc/passwd", "https://", "http://[::1", "http://a:b/"],
)
@pytest.mark.parametrize("call", [kind, locate, lambda source: fetch_songs(source, Path())])
def test_empty_and_invalid_links_are_refused(source, call):
    with pytest.raises(UsageError, match="expected"):
        call(source)


@pytest.mark.parametrize("name", ["song.wav", "夜の歌 1.2.flac", "demo", ".hidden"])
def test_locate_file(name, tmp_path, monkeypatch):
    (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    song = locate(f"./{name}")
    path = tmp_path / name
    assert song == Source(str(path.resolve()), path.stem, path, None)


def test_title_of_a_symbolic_link_is_its_own_name(tmp_path):
    (tmp_path / "blob").write_bytes(b"x")
    (tmp_path / "song.wav").symlink_to("blob")
    song = locate(str(tmp_path / "song.wav"))
    assert (song.title, song.path.name) == ("song", "song.wav")
    assert song.origin == str((tmp_path / "blob").resolve())


def test_title_of_a_file_has_no_control_characters(tmp_path):
    path = tmp_path / "a\x1b[31m b\n\x07c.wav"
    path.write_bytes(b"x")
    assert locate(str(path)).title == "a b c"


def test_locate_demo_beside_a_file_of_that_name(tmp_path, monkeypatch):
    (tmp_path / "demo").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert locate("demo") == Source("demo", "demo", None, None)


def test_locate_refuses_missing_files_folders_and_links(tmp_path):
    with pytest.raises(UsageError, match=r"no file .*夜.*check its name"):
        locate(str(tmp_path / "夜.wav"))
    with pytest.raises(UsageError, match="is a folder"):
        locate(str(tmp_path))
    with pytest.raises(ValueError, match="use fetch_songs"):
        locate(AUTHORS_SONG)
