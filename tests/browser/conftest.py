"""A headless Chromium for the tests in this folder, and a page of synthetic sound to open.

Without Chromium, its driver or selenium these tests skip; with REQUIRE_BROWSER=1 in the
environment they fail instead.
"""

import importlib.util
import json
import os
import shutil
import struct
import time
import zlib
from contextlib import contextmanager

import numpy as np
import pytest
from helpers import make_track

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16, wav_writer
from super_resolution.report.page import VERSIONS, Excerpt, write_page
from super_resolution.report.write import EvaluationOptions, write_reports
from super_resolution.tracks import demo_song

RATE = 44100  # Hz
SECONDS = 2.0
COMMON = 1000  # Hz, a tone in every version
MARK = {"original": 12000, "low": 14000, "network": 10000}  # Hz; soxr has none
PATIENCE = 5.0  # s, until something that should happen has failed to
HOSTILE = "</script><script>window.broken = 1</script> <b>A song</b>"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--autoplay-policy=no-user-gesture-required",
    "--window-size=1280,1000",
)


def tones(*frequencies):
    """Give int16 sines, shape (frames, 2), each at -18 dB of full scale."""
    time_axis = np.arange(round(RATE * SECONDS)) / RATE
    sound = sum(4096 * np.sin(2 * np.pi * frequency * time_axis) for frequency in frequencies)
    return np.repeat(np.rint(sound).astype(np.int16)[:, None], 2, axis=1)


def png(shade, width=40, height=30):
    """Give a plain grey PNG."""

    def chunk(kind, content):
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([shade]) * width) * height
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def excerpt(title, start, common):
    signals = {version: tones(common, *filter(None, [MARK.get(version)])) for version in VERSIONS}
    pictures = {version: png(60 * index) for index, version in enumerate(VERSIONS)}
    return Excerpt(title, start, signals, pictures)


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "index.html"
    write_page(
        path,
        title=HOSTILE,
        description="Tones. " * 20 + "x" * 200,
        sample_rate=RATE,
        low_rate=15000,
        excerpts=[excerpt('First, "loud"', 1.0, COMMON), excerpt("Second", 75.0, 3000)],
        columns=["method", *"ABCDEFGH"],
        rows=[["a method with a name", *["1234.56 *"] * 8]],
        version_notes=dict.fromkeys(VERSIONS, "one line that says what this version is"),
    )
    return path.as_uri()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    needed = {
        "chromium": shutil.which("chromium"),
        "chromedriver": shutil.which("chromedriver"),
        "selenium (pip)": importlib.util.find_spec("selenium"),
    }
    missing = [name for name, found in needed.items() if not found]
    if missing:
        give_up = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
        give_up(f"the listening page was not tried in a browser: no {', '.join(missing)}")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = needed["chromium"]
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(needed["chromedriver"]))
    yield driver
    driver.quit()


class Page:
    """The open page: what a person does to it, and what its test hook says."""

    def __init__(self, driver):
        self.driver = driver

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def click(self, selector):
        self.find(selector).click()

    def text(self, selector):
        return self.find(selector).text

    def run(self, script):
        return self.driver.execute_script(f"return {script}")

    def hook(self, name):
        return self.run(f"window.listening.{name}()")

    def state(self, name):
        return self.hook("state")[name]

    def press(self, *keys):
        """Press keys wherever the focus is."""
        from selenium.webdriver import ActionChains

        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def shift(self, key):
        from selenium.webdriver import ActionChains, Keys

        chain = ActionChains(self.driver, duration=0).key_down(Keys.SHIFT)
        chain.send_keys(key).key_up(Keys.SHIFT).perform()

    def drag(self, start, end):
        """Drag across the timeline, between two fractions of its width; equal ones click."""
        from selenium.webdriver import ActionChains

        bar = self.find("#timeline")
        width = bar.size["width"]
        chain = ActionChains(self.driver, duration=50)
        chain.move_to_element_with_offset(bar, round((start - 0.5) * width), 0).click_and_hold()
        chain.move_by_offset(round((end - start) * width), 0).release().perform()

    def wait(self, condition):
        """Wait until a function gives something true, and give that."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            if result := condition():
                return result
            time.sleep(0.02)
        raise AssertionError(f"waited {PATIENCE} s in vain; {self.hook('state')}")

    def level(self, frequency):
        """Give the level of a tone in what sounds now, in dB."""
        bins = self.hook("spectrum")
        near = round(frequency / (RATE / 2) * len(bins))
        # a context that has not yet played shows -infinity, which JSON knows as null
        return max((-999 if dB is None else dB) for dB in bins[near - 3 : near + 4] or [-999])

    def loudest(self, lowest, highest):
        """Give the loudest level of a band, from one frequency to another, in dB."""
        bins = self.hook("spectrum")
        scale = len(bins) / (RATE / 2)
        band = bins[round(lowest * scale) : round(highest * scale)]
        return max((-999 if dB is None else dB) for dB in band or [-999])

    def sounding(self):
        """Give the marks that can be heard."""
        return {version for version, mark in MARK.items() if self.level(mark) > -60}

    def hears(self, version):
        """Wait until this version sounds, and no other."""
        marks = {version} - {"soxr"}
        self.wait(lambda: self.level(COMMON) > -60 and self.sounding() == marks)
        assert {name for name, gain in self.hook("gains").items() if gain > 0.01} == {version}

    def log(self, kind):
        return self.driver.get_log(kind)


@contextmanager
def opened(chromium, address):
    """Open a page afresh; afterwards, it must have been quiet and have stayed offline."""
    page = Page(chromium)
    for kind in ("browser", "performance"):
        page.log(kind)
    chromium.get(address)
    page.wait(lambda: page.run("window.listening") and page.state("ready"))
    yield page
    assert page.log("browser") == []
    for entry in page.log("performance"):
        message = json.loads(entry["message"])["message"]
        # the browser's own start page may still be loading its parts
        if message["params"].get("documentURL") == address:
            requested = message["params"]["request"]["url"]
            assert requested.startswith(("file:", "data:", "blob:")), requested


@pytest.fixture
def page(chromium, address):
    """Open the page of synthetic sound."""
    with opened(chromium, address) as page:
        yield page


@pytest.fixture(scope="session")
def demo_address(tmp_path_factory):
    """Make the report of ten seconds of the demo song, its "network" being soxr and noise."""
    track = make_track(tmp_path_factory.mktemp("demo") / "demo", demo_song.synthesise(10.0))
    low = read_wav16(track.low)
    base = resample(low, orig_sr=track.info.low_rate, target_sr=RATE)
    noise = np.random.default_rng(0).normal(0, 2000, base.shape)
    with wav_writer(track.upsampled, sample_rate=RATE, channels=2) as out:
        out.write(to_int16(base + noise))
    write_reports([track], EvaluationOptions([]), log=lambda line: None)
    return (track.folder / "report" / "index.html").as_uri()


@pytest.fixture
def demo_page(chromium, demo_address):
    """Open the page that `make demo` ends with, on a shorter song."""
    with opened(chromium, demo_address) as page:
        yield page
