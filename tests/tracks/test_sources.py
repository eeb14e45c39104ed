"""Sources: files by their spelling, links by a real yt-dlp against a server on this machine."""

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import pytest

from super_resolution.errors import UsageError, UserError
from super_resolution.tracks import download
from super_resolution.tracks.download import fetch_songs
from super_resolution.tracks.sources import AUTHORS_SONG, Source, kind, locate

WEBM = "audio/webm"
# no site but this machine, whatever the environment says about proxies
OFFLINE = {"allowed_extractors": ["generic"], "proxy": "", "socket_timeout": 5}
HTML = b"<!doctype html><html><head><title>A page</title></head><body>Words</body></html>"


class Server(ThreadingHTTPServer):
    """Serves `pages`: path -> answers (status, type, body, missing bytes); the last stays."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.asked = {}, []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def serve(self, path, *answers):
        self.pages[path] = list(answers)
        return self.url + path

    def handle_error(self, request, client_address):
        # yt-dlp looks at the head of a body and hangs up: that is no error
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        answers = self.server.pages.get(self.path, [(404, "text/plain", b"")])
        status, what, body, *missing = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        if status == 302:
            self.send_header("Location", body.decode())
            body = b""
        self.send_header("Content-Type", what)
        self.send_header("Content-Length", str(len(body) + sum(missing)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Half a second of a tone as Opus in WebM, which is what YouTube serves."""
    import numpy as np

    path = tmp_path_factory.mktemp("clip") / "clip.webm"
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(24000) / 48000)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libopus", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone[None].astype("f4"), format="flt", layout="mono")
        frame.sample_rate = 48000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path.read_bytes()


def fetch(url, folder, **kwargs):
    options = OFFLINE | kwargs.pop("options", {})
    return fetch_songs(url, folder, options=options, **kwargs)


def complaint(url, folder, error=UserError, **kwargs):
    """Give the one clean line with which a download fails."""
    with pytest.raises(error) as caught:
        fetch(url, folder, **kwargs)
    assert type(caught.value) is error
    line = str(caught.value)
    for noise in ("\n", "\x1b", "ERROR", "--verbose", "report", "caused by", "github"):
        assert noise not in line
    return line


# ---- by the spelling


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
def test_kind_refuses(source, call):
    with pytest.raises(UsageError, match="expected"):
        call(source)


# ---- files


@pytest.mark.parametrize("name", ["song.wav", "夜の歌 1.2.flac", "demo", ".hidden"])
def test_locate_file(name, tmp_path, monkeypatch):
    (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    song = locate(f"./{name}")
    path = tmp_path / name
    assert song == Source(str(path.resolve()), path.stem, path, None)


def test_locate_link_to_a_file_keeps_its_name(tmp_path):
    (tmp_path / "blob").write_bytes(b"x")
    (tmp_path / "song.wav").symlink_to("blob")
    song = locate(str(tmp_path / "song.wav"))
    assert (song.title, song.path.name) == ("song", "song.wav")
    assert song.origin == str((tmp_path / "blob").resolve())


def test_locate_demo_is_the_word_even_beside_a_file(tmp_path, monkeypatch):
    (tmp_path / "demo").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert locate("demo") == Source("demo", "demo", None, None)


def test_locate_refuses(tmp_path):
    with pytest.raises(UsageError, match=r"no file .*夜.*check its name"):
        locate(str(tmp_path / "夜.wav"))
    with pytest.raises(UsageError, match="is a folder"):
        locate(str(tmp_path))
    with pytest.raises(ValueError, match="use fetch_songs"):
        locate(AUTHORS_SONG)


def test_download_refuses_a_file(tmp_path):
    with pytest.raises(UsageError, match="no link"):
        fetch_songs("song.wav", tmp_path)


# ---- links


def test_download(server, clip, tmp_path, capfd):
    url = server.serve("/song.webm", (200, WEBM, clip))
    (song,) = fetch(url, tmp_path)
    assert (song.origin, song.title, song.licence) == (url, "song", None)
    assert song.path.read_bytes() == clip
    assert song.path.is_relative_to(tmp_path)
    with av.open(str(song.path)) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) >= 24000
    # no chatter, and no bar where there is no terminal
    assert capfd.readouterr() == ("", "")


def test_two_downloads_into_one_folder_stay_apart(server, clip, tmp_path):
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
        (200, WEBM, clip),  # the look at what it is
        (500, "text/plain", b""),
        (200, WEBM, clip[:100], len(clip) - 100),  # hangs up in the middle
        (200, WEBM, clip),
    ]
    # the pauses between retries would only slow the test down
    hurry = {"retry_sleep_functions": {}}
    url = server.serve("/song.webm", *answers)
    (song,) = fetch(url, tmp_path, options=hurry)
    assert song.path.read_bytes() == clip
    url = server.serve("/song.webm", *answers)
    assert f"{url} broke off (HTTP Error 500" in complaint(url, tmp_path, retries=0)


@pytest.mark.parametrize(
    ("status", "words"), [(404, "link is dead"), (403, "not public"), (503, "try again later")]
)
def test_http_errors(server, tmp_path, status, words):
    url = server.serve("/gone.webm", (status, "text/plain", b""))
    line = complaint(url, tmp_path)
    assert line.startswith(f"{url}: HTTP {status} ")
    assert words in line
    assert "or give a file or `demo`" in line


def test_nobody_answers(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, so that nobody else listens there
        line = complaint(f"http://127.0.0.1:{closed.getsockname()[1]}/a.webm", tmp_path)
    assert line.startswith("cannot reach 127.0.0.1 (")
    assert line.endswith("check the connection, or give a file or `demo`")


def test_page_without_a_song(server, tmp_path):
    url = server.serve("/page", (200, "text/html", HTML))
    assert complaint(url, tmp_path).startswith(f"{url} is no page with a song")


def test_too_large(server, clip, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MAX_BYTES", 100)
    url = server.serve("/song.webm", (200, WEBM, clip))
    assert complaint(url, tmp_path).startswith("'song' is larger than ")


def test_live_stream(server, clip, tmp_path, capfd):
    body = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsong.webm\n"
    url = server.serve("/radio.m3u8", (200, "application/x-mpegurl", body))
    assert "is a live stream, which has no end" in complaint(url, tmp_path)
    # it does not cost a playlist its other songs
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
    assert complaint(url, tmp_path).startswith("the disk is full, ")


# ---- playlists: a feed with several songs

TITLES = ["../../夜の歌 / 第1番...", "\x1b[31mCON: *?&lt;b&gt;\n two", "夜" * 200]


def feed(server, *paths):
    # the escape character is not legal in XML, but strangers need not care
    items = "".join(
        f"<item><title>{title}</title><guid>../../{n}</guid>"
        f'<enclosure url="{server.url}{path}" type="audio/webm"/></item>'
        for n, (title, path) in enumerate(zip(TITLES, paths, strict=False))
    ).replace("\x1b", "&#8238;")
    body = f'<?xml version="1.0"?><rss><channel><title>F</title>{items}</channel></rss>'
    return server.serve("/feed", (200, "application/xml", body.encode()))


def test_playlist_needs_its_flag(server, clip, tmp_path):
    server.serve("/1.webm", (200, WEBM, clip))
    server.serve("/2.webm", (200, WEBM, clip))
    url = feed(server, "/1.webm", "/2.webm")
    line = complaint(url, tmp_path, UsageError)
    assert line == f"{url} is a playlist: give the link of one song, or add --playlist"
    # found out before any song was fetched
    assert server.asked == ["/feed"]


def test_playlist(server, clip, tmp_path, capfd):
    for n in (1, 2, 3):
        server.serve(f"/{n}.webm", (200, WEBM, clip + bytes(n)))
    songs = fetch(feed(server, "/1.webm", "/2.webm", "/3.webm"), tmp_path, playlist=True)
    assert [song.origin for song in songs] == [f"{server.url}/{n}.webm" for n in (1, 2, 3)]
    assert [song.path.read_bytes() for song in songs] == [clip + bytes(n) for n in (1, 2, 3)]
    # titles are kept on one line without control characters, and are in no path
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
    assert "404" in complaint(feed(server, "/1.webm", "/2.webm"), tmp_path, playlist=True)


def test_playlist_flag_with_one_song(server, clip, tmp_path):
    (song,) = fetch(server.serve("/a.webm", (200, WEBM, clip)), tmp_path, playlist=True)
    assert song.path.read_bytes() == clip


def test_empty_playlist(server, tmp_path):
    assert "has no song" in complaint(feed(server), tmp_path, playlist=True)


# ---- lines that only real sites provoke


@pytest.mark.parametrize(
    ("said", "kept"),
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
def test_clean(said, kept):
    assert download._clean(said) == kept


def test_explain_tells_when_to_update():
    from yt_dlp.utils import ExtractorError

    for expected, words in ((True, "another link"), (False, "update yt-dlp")):
        error = ExtractorError("No player", ie="a", video_id="b", expected=expected)
        assert words in download._explain(error, str(error), AUTHORS_SONG)
