"""Downloads by a real yt-dlp from a server on this machine."""

import socket
from pathlib import Path

import av
import pytest

from super_resolution.errors import UsageError, UserError
from super_resolution.tracks import download
from super_resolution.tracks.download import fetch_songs
from super_resolution.tracks.sources import AUTHORS_SONG

WEBM = "audio/webm"
# only the extractor of plain links, and no proxy of the environment
OFFLINE = {"allowed_extractors": ["generic"], "proxy": "", "socket_timeout": 5}
HTML = b"<!doctype html><html><head><title>A page</title></head><body>Words</body></html>"
TITLES = ["../../夜の歌 / 第1番...", "\x1b[31mCON: *?&lt;b&gt;\n two", "夜" * 200]


def fetch(url, folder, **kwargs):
    options = OFFLINE | kwargs.pop("options", {})
    return fetch_songs(url, folder, options=options, **kwargs)


def error_line(url, folder, error=UserError, **kwargs):
    """Return the message of a failed download: one line, without yt-dlp's own advice."""
    with pytest.raises(error) as caught:
        fetch(url, folder, **kwargs)
    assert type(caught.value) is error
    line = str(caught.value)
    for noise in ("\n", "\x1b", "ERROR", "--verbose", "report", "caused by", "github"):
        assert noise not in line
    return line


def feed(server, *paths):
    """Serve a playlist: an RSS feed of the songs at `paths`."""
    # U+202E, which reverses the text on a terminal: XML allows no escape character
    items = "".join(
        f"<item><title>{title}</title><guid>../../{n}</guid>"
        f'<enclosure url="{server.url}{path}" type="audio/webm"/></item>'
        for n, (title, path) in enumerate(zip(TITLES, paths, strict=False))
    ).replace("\x1b", "&#8238;")
    body = f'<?xml version="1.0"?><rss><channel><title>F</title>{items}</channel></rss>'
    return server.serve("/feed", (200, "application/xml", body.encode()))


def test_a_file_is_no_link(tmp_path):
    with pytest.raises(UsageError, match="no link"):
        fetch_songs("song.wav", tmp_path)


def test_song(server, clip, tmp_path, capfd):
    url = server.serve("/song.webm", (200, WEBM, clip))
    (song,) = fetch(url, tmp_path)
    assert (song.origin, song.title, song.licence) == (url, "song", None)
    assert song.path.read_bytes() == clip
    assert song.path.is_relative_to(tmp_path)
    with av.open(str(song.path)) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) >= 24000
    # neither yt-dlp's messages nor a progress bar
    assert capfd.readouterr() == ("", "")


def test_two_downloads_into_one_folder(server, clip, tmp_path):
    first = server.serve("/a/song.webm", (200, WEBM, clip))
    second = server.serve("/b/song.webm", (200, WEBM, clip + b"\0"))
    songs = [*fetch(first, tmp_path), *fetch(second, tmp_path)]
    assert [song.path.read_bytes() for song in songs] == [clip, clip + b"\0"]


def test_redirect(server, clip, tmp_path):
    end = server.serve("/end.webm", (200, WEBM, clip))
    (song,) = fetch(server.serve("/start", (302, "text/plain", end.encode())), tmp_path)
    assert song.path.read_bytes() == clip


def test_retries(server, clip, tmp_path):
    answers = [
        (200, WEBM, clip),  # the request for the file type
        (500, "text/plain", b""),
        (200, WEBM, clip[:100], len(clip) - 100),  # ends in the middle
        (200, WEBM, clip),
    ]
    no_pauses = {"retry_sleep_functions": {}}
    url = server.serve("/song.webm", *answers)
    (song,) = fetch(url, tmp_path, options=no_pauses)
    assert song.path.read_bytes() == clip
    url = server.serve("/song.webm", *answers)
    assert f"{url} broke off (HTTP Error 500" in error_line(url, tmp_path, retries=0)


@pytest.mark.parametrize(
    ("status", "words"), [(404, "link is dead"), (403, "not public"), (503, "try again later")]
)
def test_http_errors(server, tmp_path, status, words):
    url = server.serve("/gone.webm", (status, "text/plain", b""))
    line = error_line(url, tmp_path)
    assert line.startswith(f"{url}: HTTP {status} ")
    assert words in line
    assert "or give a file or `demo`" in line


def test_no_connection(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # reserves the port, and does not listen
        line = error_line(f"http://127.0.0.1:{closed.getsockname()[1]}/a.webm", tmp_path)
    assert line.startswith("cannot reach 127.0.0.1 (")
    assert line.endswith("check the connection, or give a file or `demo`")


def test_page_without_a_song(server, tmp_path):
    url = server.serve("/page", (200, "text/html", HTML))
    assert error_line(url, tmp_path).startswith(f"{url} is no page with a song")


def test_too_large(server, clip, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MAX_BYTES", 100)
    url = server.serve("/song.webm", (200, WEBM, clip))
    assert error_line(url, tmp_path).startswith("'song' is larger than ")


def test_live_stream(server, clip, tmp_path, capfd):
    body = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsong.webm\n"
    url = server.serve("/radio.m3u8", (200, "application/x-mpegurl", body))
    assert "is a live stream, which has no end" in error_line(url, tmp_path)
    # the other songs of a playlist are fetched
    url = feed(server, "/radio.m3u8", "/2.webm")
    server.serve("/2.webm", (200, WEBM, clip))
    (song,) = fetch(url, tmp_path, playlist=True)
    assert song.path.read_bytes() == clip
    assert "is a live stream" in capfd.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_full_disk(server, clip, tmp_path, monkeypatch):
    from yt_dlp.downloader.http import HttpFD

    def full(downloader, name, mode):
        return open("/dev/full", "wb", buffering=0), name  # noqa: PTH123

    monkeypatch.setattr(HttpFD, "sanitize_open", full)
    url = server.serve("/song.webm", (200, WEBM, clip))
    assert error_line(url, tmp_path).startswith("the disk is full, ")


def test_playlist_needs_its_flag(server, clip, tmp_path):
    server.serve("/1.webm", (200, WEBM, clip))
    server.serve("/2.webm", (200, WEBM, clip))
    url = feed(server, "/1.webm", "/2.webm")
    line = error_line(url, tmp_path, UsageError)
    assert line == f"{url} is a playlist: give the link of one song, or add --playlist"
    # no song was requested
    assert server.requested == ["/feed"]


def test_playlist(server, clip, tmp_path, capfd):
    for n in (1, 2, 3):
        server.serve(f"/{n}.webm", (200, WEBM, clip + bytes(n)))
    songs = fetch(feed(server, "/1.webm", "/2.webm", "/3.webm"), tmp_path, playlist=True)
    assert [song.origin for song in songs] == [f"{server.url}/{n}.webm" for n in (1, 2, 3)]
    assert [song.path.read_bytes() for song in songs] == [clip + bytes(n) for n in (1, 2, 3)]
    # titles become one line without control characters, and are in no path
    assert [song.title for song in songs] == [TITLES[0], "[31mCON: *?<b> two", TITLES[2]]
    assert [song.path.name for song in songs] == ["1.webm", "2.webm", "3.webm"]
    assert all(song.path.resolve().is_relative_to(tmp_path.resolve()) for song in songs)
    assert capfd.readouterr() == ("", "")


def test_playlist_with_a_dead_song(server, clip, tmp_path, capfd):
    server.serve("/2.webm", (200, WEBM, clip))
    (song,) = fetch(feed(server, "/1.webm", "/2.webm"), tmp_path, playlist=True)
    assert song.path.read_bytes() == clip
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("left out: ../../0: ")
    assert "404" in line


def test_playlist_of_dead_songs(server, tmp_path):
    assert "404" in error_line(feed(server, "/1.webm", "/2.webm"), tmp_path, playlist=True)


def test_playlist_flag_with_one_song(server, clip, tmp_path):
    (song,) = fetch(server.serve("/a.webm", (200, WEBM, clip)), tmp_path, playlist=True)
    assert song.path.read_bytes() == clip


def test_empty_playlist(server, tmp_path):
    assert "has no song" in error_line(feed(server), tmp_path, playlist=True)


@pytest.mark.parametrize(
    ("message", "cleaned"),
    [
        (
            "ERROR: [youtube] a-b: Sign in to confirm you're not a bot. Use --cookies-from-browser "
            "or --cookies for the authentication. See  https://github.com/yt-dlp/yt-dlp/wiki/FAQ",
            "a-b: Sign in to confirm you're not a bot",
        ),
        (
            "\x1b[0;31mERROR:\x1b[0m [youtube:tab] x: Unable to parse; please report this issue on "
            " https://github.com/yt-dlp/yt-dlp/issues?q= , filling out the appropriate issue "
            "template. Confirm you are on the latest version using  yt-dlp -U",
            "x: Unable to parse",
        ),
        ("ERROR: [a] b: No (caused by HTTPError('x'))", "b: No"),
        ("ERROR: use --verbose", "use --verbose"),
        (
            "Not here.\nThis video is available in Japan.",
            "Not here. This video is available in Japan",
        ),
    ],
)
def test_clean(message, cleaned):
    assert download._clean(message) == cleaned


@pytest.mark.parametrize(("expected", "advice"), [(True, "another link"), (False, "update yt-dlp")])
def test_an_unexpected_error_of_a_site_advises_an_update(expected, advice):
    from yt_dlp.utils import ExtractorError

    error = ExtractorError("No player", ie="a", video_id="b", expected=expected)
    assert advice in download._explain(error, str(error), AUTHORS_SONG)
