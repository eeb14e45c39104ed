"""A web server on this machine, for tests of downloads by a real yt-dlp."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import numpy as np
import pytest


class Server(ThreadingHTTPServer):
    """A server of `answers`: path -> list of (status, type, body, missing bytes).

    Each request takes the next answer of its path; the last answer is repeated.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.requested = {}, []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def serve(self, path, *answers):
        """Set the answers of a path, and return its URL."""
        self.answers[path] = list(answers)
        return self.url + path

    def handle_error(self, request, client_address):
        # yt-dlp reads the start of a body and disconnects: that is no error
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requested.append(self.path)
        answers = self.server.answers.get(self.path, [(404, "text/plain", b"")])
        status, media_type, body, *missing = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        if status == 302:
            self.send_header("Location", body.decode())
            body = b""
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body) + sum(missing)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """Run a server for one test."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> bytes:
    """Encode half a second of a tone as Opus in WebM, the format that YouTube serves."""
    path = tmp_path_factory.mktemp("clip") / "clip.webm"
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(24000) / 48000)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libopus", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone[None].astype("f4"), format="flt", layout="mono")
        frame.sample_rate = 48000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path.read_bytes()
