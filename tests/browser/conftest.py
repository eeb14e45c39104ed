"""A headless Chromium, and listening pages of synthetic sound and of the demo song.

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
from helpers import make_track, write_upsampled

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.audio.wav import read_wav16
from super_resolution.report.listening.page import Excerpt, Texts, Version, write_page
from super_resolution.report.write import EvaluationOptions, write_reports
from super_resolution.tracks import demo_song

RATE = 44100  # Hz
SECONDS = 2.0
COMMON_TONE = 1000  # Hz, in every version
# Hz; soxr has none
MARKER_TONES = {"original": 12000, "low": 14000, "network": 10000, "other <b>": 11000}
VERSIONS = [
    *map(Version, ("original", "low", "soxr")),
    Version("network", "one line about this version", 2.0),
    Version("other <b>", "one that was made with a gain", 0.0, -6.0),
]
NAMES = [version.name for version in VERSIONS]
TONE_MARGIN = 40  # Hz, searched on either side of a tone
TIMEOUT = 5.0  # s
MIN_TONE_LEVEL = -60  # dB, of an audible tone
SILENCE = -999  # dB
HOOK = "window.testHook"
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
    """Give a PNG of one grey level."""

    def chunk(kind, content):
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([shade]) * width) * height
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def excerpt(title, start, common_tone):
    signals = {name: tones(common_tone, *filter(None, [MARKER_TONES.get(name)])) for name in NAMES}
    signals["other <b>"] = (signals["other <b>"] * 10 ** (-6 / 20)).astype(np.int16)
    images = {name: png(50 * index) for index, name in enumerate(NAMES)}
    return Excerpt(title, start, signals, images)


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "index.html"
    write_page(
        path,
        Texts(
            title=HOSTILE,
            lead="Tones.",
            description="Tones. " * 20 + "x" * 200,
            columns=["method", *"ABCDEFGH"],
            rows=[["a method with a name", *["1234.56 *"] * 8]],
            definitions={},
        ),
        VERSIONS,
        [excerpt('First, "loud"', 1.0, COMMON_TONE), excerpt("Second", 75.0, 3000)],
        sample_rate=RATE,
        low_rate=15000,
        base="soxr",
    )
    return path.as_uri()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    requirements = {
        "chromium": shutil.which("chromium"),
        "chromedriver": shutil.which("chromedriver"),
        "selenium (pip)": importlib.util.find_spec("selenium"),
    }
    missing = [name for name, requirement in requirements.items() if not requirement]
    if missing:
        stop = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
        stop(f"the listening page was not tested in a browser: no {', '.join(missing)}")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = requirements["chromium"]
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(requirements["chromedriver"]))
    yield driver
    driver.quit()


class Page:
    """The open page: actions of a user, and the state that its test hook returns."""

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
        return self.run(f"{HOOK}.{name}()")

    def state(self, name):
        return self.hook("state")[name]

    def press(self, *keys):
        """Press keys; the focused element gets them."""
        from selenium.webdriver import ActionChains

        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def shift(self, key):
        from selenium.webdriver import ActionChains, Keys

        chain = ActionChains(self.driver, duration=0).key_down(Keys.SHIFT)
        chain.send_keys(key).key_up(Keys.SHIFT).perform()

    def drag(self, start, end):
        """Drag between two fractions of the timeline's width; a click if they are equal."""
        from selenium.webdriver import ActionChains

        bar = self.find("#timeline")
        width = bar.size["width"]
        chain = ActionChains(self.driver, duration=50)
        chain.move_to_element_with_offset(bar, round((start - 0.5) * width), 0).click_and_hold()
        chain.move_by_offset(round((end - start) * width), 0).release().perform()

    def wait(self, condition):
        """Wait until a function returns a true value, and return that."""
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            if result := condition():
                return result
            time.sleep(0.02)
        raise AssertionError(f"not within {TIMEOUT} s; {self.hook('state')}")

    def level(self, frequency):
        """Give the current level of a tone, in dB."""
        return self.band_level(frequency - TONE_MARGIN, frequency + TONE_MARGIN)

    def band_level(self, lowest, highest):
        """Give the highest current level between two frequencies, in dB."""
        bins = self.hook("spectrum")
        scale = len(bins) / (RATE / 2)
        band = bins[round(lowest * scale) : round(highest * scale)]
        # silence is -infinity, which JSON writes as null
        return max((SILENCE if level is None else level) for level in band or [None])

    def audible(self):
        """Give the versions whose marker tones are audible."""
        return {
            version for version, tone in MARKER_TONES.items() if self.level(tone) > MIN_TONE_LEVEL
        }

    def wait_for_version(self, version):
        """Wait until this version is audible, and no other."""
        expected = {version} - {"soxr"}
        self.wait(lambda: self.level(COMMON_TONE) > MIN_TONE_LEVEL and self.audible() == expected)
        audible = {id_ for id_, gain in self.hook("gains").items() if gain > 0.01}
        assert audible == {self.id_of(version)}

    @staticmethod
    def id_of(version):
        return f"v{NAMES.index(version) + 1}"

    def log(self, kind):
        return self.driver.get_log(kind)


@contextmanager
def opened(chromium, address):
    """Open a page; afterwards, check that it logged nothing and requested nothing."""
    page = Page(chromium)
    for kind in ("browser", "performance"):
        page.log(kind)
    chromium.get(address)
    page.wait(lambda: page.run(HOOK) and page.state("ready"))
    yield page
    assert page.log("browser") == []
    for entry in page.log("performance"):
        message = json.loads(entry["message"])["message"]
        # the browser's start page may still be loading
        if message["params"].get("documentURL") == address:
            requested = message["params"]["request"]["url"]
            assert requested.startswith(("file:", "data:", "blob:")), requested


@pytest.fixture
def page(chromium, address):
    """Open the page of synthetic sounds."""
    with opened(chromium, address) as page:
        yield page


@pytest.fixture(scope="session")
def demo_address(tmp_path_factory):
    """Write the report of ten seconds of the demo song; its "network" is soxr and noise."""
    track = make_track(tmp_path_factory.mktemp("demo") / "demo", demo_song.synthesise(10.0))
    low = read_wav16(track.low)
    base = resample(low, orig_sr=track.info.low_rate, target_sr=RATE)
    noise = np.random.default_rng(0).normal(0, 2000, base.shape)
    write_upsampled(track, "network", to_int16(base + noise), gain_db=0.0)
    overview = track.folder.parent / "_report/index.html"
    write_reports([track], EvaluationOptions([]), overview=overview, log=lambda line: None)
    return (track.folder / "report" / "index.html").as_uri()


@pytest.fixture
def demo_page(chromium, demo_address):
    """Open the page of the demo song."""
    with opened(chromium, demo_address) as page:
        yield page
