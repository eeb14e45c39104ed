"""The listening page as a file; tests/browser/ tests it in a browser."""

import base64
import dataclasses
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import soundfile

from super_resolution.errors import UserError
from super_resolution.report.listening.page import Excerpt, Texts, Version, write_page

RATE = 44100
VERSIONS = ("original", "low", "soxr", "network")
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> & \"'{{media}}"


def noise(level, *, frames=500, channels=2, seed=0):
    """Give int16 noise of this RMS, shape (frames, channels)."""
    samples = np.random.default_rng(seed).standard_normal((frames, channels)) * level
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def excerpt(title="Most energy", names=VERSIONS, **changes):
    signals = {version: noise(1000, seed=seed) for seed, version in enumerate(names)}
    images = {version: f"spectrogram of {version}".encode() for version in names}
    return dataclasses.replace(Excerpt(title, 12.5, signals, images), **changes)


TEXTS = Texts(
    title="A song",
    lead="Excerpts of it.",
    description="made by a test",
    columns=["method", "MAE", "LSD"],
    rows=[["soxr", "314.2 *", "4.04"], ["network", "330.0", "1.12 *"]],
    definitions={},
)


def write(path, *, excerpts=None, versions=None, base="soxr", **texts):
    write_page(
        path,
        dataclasses.replace(TEXTS, **texts),
        versions or [Version(name, "a note") for name in VERSIONS],
        [excerpt()] if excerpts is None else excerpts,
        sample_rate=RATE,
        low_rate=15000,
        base=base,
    )
    return path.read_text(encoding="utf-8")


class Page(HTMLParser):
    """The parsed page: its tags with their attributes, and its text by element."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self._open = [], {}, [""]
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._open.append(dict(attributes).get("id") or tag)

    def handle_data(self, data):
        self.texts[self._open[-1]] = self.texts.get(self._open[-1], "") + data

    def handle_endtag(self, tag):
        self._open.append(tag)


def test_hostile_strings_stay_text(tmp_path):
    page = Page(
        write(
            tmp_path / "index.html",
            title=HOSTILE,
            lead=HOSTILE,
            description=HOSTILE,
            excerpts=[excerpt(HOSTILE, ["original", HOSTILE])],
            versions=[Version("original"), Version(HOSTILE, HOSTILE)],
            base=None,
            columns=[HOSTILE, "x"],
            rows=[[HOSTILE, HOSTILE]],
            definitions={HOSTILE: HOSTILE},
        )
    )
    plain = Page(
        write(
            tmp_path / "plain.html",
            excerpts=[excerpt(names=["original", "b"])],
            versions=[Version("original"), Version("b")],
            base=None,
            definitions={"LSD": "a distance"},
        )
    )
    count = [tag for tag, _ in page.tags].count
    assert count("script") == [tag for tag, _ in plain.tags].count("script")
    assert [a for tag, a in page.tags if tag == "img"] == [
        a for tag, a in plain.tags if tag == "img"
    ]
    assert page.texts["h1"].rstrip() == HOSTILE
    data = json.loads(page.texts["data"])
    assert data["excerpts"][0]["title"] == HOSTILE
    assert data["versions"][1]["note"] == data["versions"][1]["name"] == HOSTILE
    assert [version["id"] for version in data["versions"]] == ["v1", "v2"]


def test_the_page_loads_nothing(tmp_path):
    text = write(tmp_path / "index.html")
    page = Page(text)
    for _, attributes in page.tags:
        for name in ("src", "href", "action", "srcset"):
            assert attributes.get(name, "data:").startswith("data:")
    assert not re.search(r"url\(|@import|https?://", text)
    policy = next(a["content"] for _, a in page.tags if "http-equiv" in a)
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "{{" not in text


def test_the_page_contains_sound_and_spectrograms(tmp_path):
    expected = excerpt()
    page = Page(write(tmp_path / "index.html", excerpts=[expected]))
    for number, version in enumerate(VERSIONS, start=1):
        flac = io.BytesIO(base64.b64decode(page.texts[f"audio-0-v{number}"]))
        samples, rate = soundfile.read(flac, dtype="int16", always_2d=True)
        assert rate == RATE
        np.testing.assert_array_equal(samples, expected.signals[version])
        image = base64.b64decode(page.texts[f"spectrogram-0-v{number}"])
        assert image == expected.spectrograms[version]


def test_the_gain_of_the_added_band_and_the_first_pair_are_given(tmp_path):
    versions = [*map(Version, VERSIONS[:3]), Version("network", "", -3.0, -6.0)]
    data = json.loads(Page(write(tmp_path / "index.html", versions=versions)).texts["data"])
    assert [version["treble"] for version in data["versions"]] == [None, None, None, -3.0]
    assert data["versions"][3]["baseGain"] == pytest.approx(0.501, abs=1e-3)
    assert (data["base"], data["pair"]) == ("v3", ["v4", "v3"])
    data = json.loads(Page(write(tmp_path / "index.html", base=None)).texts["data"])
    assert (data["base"], data["pair"]) == (None, ["v2", "v1"])


def test_table_shows_the_best_in_bold(tmp_path):
    text = write(tmp_path / "index.html", definitions={"LSD": "a distance <of spectra>"})
    assert "<strong>314.2</strong>" in text
    assert "<td>330.0</td>" in text
    assert '<th scope="row">network</th>' in text
    assert "<dt>LSD</dt><dd>a distance &lt;of spectra&gt;</dd>" in text


@pytest.mark.parametrize(
    ("signal", "message"),
    [
        (noise(10, frames=499), r"'soxr' has shape \(499, 2\)"),
        (noise(10, channels=1), r"'soxr' has shape \(500, 1\)"),
        (noise(10).astype(np.float32), "'soxr' must be int16, got float32"),
    ],
)
def test_versions_of_different_shapes_are_refused(tmp_path, signal, message):
    signals = excerpt().signals | {"soxr": signal}
    with pytest.raises(UserError, match=message):
        write(tmp_path / "index.html", excerpts=[excerpt(signals=signals)])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("field", ["signals", "spectrograms"])
def test_a_missing_version_is_refused(tmp_path, field):
    rest = dict(getattr(excerpt(), field))
    del rest["network"]
    with pytest.raises(UserError, match="version 'network' needs"):
        write(tmp_path / "index.html", excerpts=[excerpt(**{field: rest})])


def test_empty_excerpts_are_refused(tmp_path):
    with pytest.raises(UserError, match="at least one excerpt"):
        write(tmp_path / "index.html", excerpts=[])
    empty = {version: np.zeros((0, 2), np.int16) for version in VERSIONS}
    with pytest.raises(UserError, match="not empty"):
        write(tmp_path / "index.html", excerpts=[excerpt(signals=empty)])


def test_a_failed_write_keeps_the_old_page(tmp_path):
    path = tmp_path / "index.html"
    old = write(path)
    with pytest.raises(UnicodeEncodeError):
        write(path, title="an unpaired surrogate: \ud800")
    assert path.read_text(encoding="utf-8") == old
    assert list(tmp_path.iterdir()) == [path]
