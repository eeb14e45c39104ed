"""Downloads from servers that never end, never answer, or lead in a circle."""

import contextlib
import os
import resource
import signal
import socketserver
import subprocess
import sys
import threading
import time

import pytest
from helpers import ROOT

from super_resolution.errors import UserError
from super_resolution.files import temporary_folder
from super_resolution.tracks import download_limits
from super_resolution.tracks.download import fetch_songs

OFFLINE = {"allowed_extractors": ["generic"], "proxy": "", "socket_timeout": 5}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nConnection: close\r\n\r\n"


@pytest.fixture
def raw_server():
    """Give a function that serves what another one writes to the socket; it returns the URL."""
    servers = []

    def serve(write) -> str:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.rfile.readline()
                with contextlib.suppress(OSError):  # the client hangs up
                    write(self.wfile)

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}/song.webm"

    yield serve
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


def drip(first: bytes):
    """Send `first`, then a byte now and then, which no time limit of a read ends."""

    def write(file) -> None:
        file.write(first)
        for _ in range(2000):
            file.write(b"x")
            file.flush()
            time.sleep(0.02)

    return write


def refusal(url, folder, **options) -> str:
    with pytest.raises(UserError) as caught:
        fetch_songs(url, folder, retries=0, options=OFFLINE | options)
    return str(caught.value)


@pytest.mark.parametrize(
    "first",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", HEAD % b"text/html", HEAD % b"audio/webm"],
    ids=["no status", "no headers", "page", "song"],
)
def test_a_server_that_sends_a_byte_now_and_then_is_given_up(
    raw_server, tmp_path, monkeypatch, first
):
    monkeypatch.setattr(download_limits, "STALL_SECONDS", 0.5)
    url = raw_server(drip(first))
    assert refusal(url, tmp_path).startswith(f"{url} is too slow or sends nothing more: try")


def test_a_page_that_never_ends_takes_bounded_memory(raw_server, tmp_path, monkeypatch):
    monkeypatch.setattr(download_limits, "MAX_PAGE_BYTES", 1_000_000)

    def write(file) -> None:
        file.write(HEAD % b"text/html" + b"<!doctype html><html>")
        while True:
            file.write(b"<p>words</p>" * 10_000)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    url = raw_server(write)
    assert refusal(url, tmp_path).startswith(f"{url} answers with a page of more than 1 MB")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 200_000  # kB


def test_redirects_in_a_circle_are_named(server, tmp_path):
    url = server.serve("/a", (302, "text/plain", f"{server.url}/b".encode()))
    server.serve("/b", (302, "text/plain", url.encode()))
    assert refusal(url, tmp_path).startswith(f"{url} redirects in a circle: try another link")


def test_the_timer_and_its_handler_are_as_before(server, clip, tmp_path):
    before = signal.getsignal(signal.SIGALRM)
    fetch_songs(server.serve("/a.webm", (200, "audio/webm", clip)), tmp_path, options=OFFLINE)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_neither_plugins_nor_configuration_of_the_user_are_run(server, clip, tmp_path):
    plugin = tmp_path / "home/.yt-dlp/plugins/a/yt_dlp_plugins/extractor"
    plugin.mkdir(parents=True)
    (plugin / "a.py").write_text("open('plugin-ran', 'w')\n")
    (tmp_path / "home/.config/yt-dlp").mkdir(parents=True)
    (tmp_path / "home/.config/yt-dlp/config").write_text("--exec 'touch config-ran'\n")
    program = tmp_path / "bin/ffmpeg"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\ntouch ffmpeg-ran\n")
    program.chmod(0o755)
    url = server.serve("/a.webm", (200, "audio/webm", clip))
    code = f"""
from pathlib import Path
from super_resolution.tracks.download import fetch_songs
print(len(fetch_songs({url!r}, Path("."), options={OFFLINE!r})))
"""
    environment = os.environ | {
        "HOME": str(tmp_path / "home"),
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("XDG_CONFIG_HOME", None)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "1\n", done.stderr
    assert not list(tmp_path.glob("*-ran"))


def test_what_a_killed_download_left_is_removed_by_the_next_scan(tmp_path):
    stale = tmp_path / ".part-0123abcd"
    stale.mkdir()
    (stale / "1.webm.part").write_bytes(b"x")
    with temporary_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]
    assert list(tmp_path.iterdir()) == []
