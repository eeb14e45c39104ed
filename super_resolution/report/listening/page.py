"""The listening page: one HTML file to compare the versions of a song by ear.

It plays short excerpts in all versions, loudness-matched and synchronous to the sample,
with their spectrograms and two blind tests. The file contains everything: sound as
FLAC, spectrograms as PNG, style and script from the files in `assets/`. It works from a
disk or an e-mail, and its Content-Security-Policy forbids it to use the internet.
"""

import html
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from super_resolution.errors import UserError
from super_resolution.files import replacing
from super_resolution.report.listening import parts
from super_resolution.report.listening.loudness_matching import matching_gains

# in order
SCRIPTS = ("tools", "player", "timeline", "listen", "abx", "preference", "trials", "blind", "page")


@dataclass(frozen=True)
class Version:
    """A version of the song.

    Parameters
    ----------
    name : str
    note : str
        One line about it.
    gain_db : float, optional
        The gain that its added band was made with, if the page may change it.
    output_gain_db : float
        The gain that all of it was made with.
    """

    name: str
    note: str = ""
    gain_db: float | None = None
    output_gain_db: float = 0.0


@dataclass(frozen=True)
class Excerpt:
    """An excerpt of the song in every version.

    Attributes
    ----------
    title : str
        Why it was chosen, e.g. "Most energy above 7.5 kHz".
    start : float
        Position in the song, in seconds.
    signals : dict of str to ndarray
        For each version int16 samples, shape (frames, channels), all of one shape.
    spectrograms : dict of str to bytes
        For each version a PNG without axes or margins: x is time over the whole
        excerpt, y is 0 Hz (bottom) to half the sample rate (top), linear.
    """

    title: str
    start: float
    signals: dict[str, np.ndarray]
    spectrograms: dict[str, bytes]


@dataclass(frozen=True)
class Texts:
    """The words of a page; plain text.

    Parameters
    ----------
    title : str
        The song's name.
    lead : str
        What is compared.
    description : str
        How the page was made.
    columns, rows : list of str, list of list of str
        The table of metrics, as for `parts.table`.
    definitions : dict of str to str
        The definition of each column, shown below the table.
    """

    title: str
    lead: str
    description: str
    columns: list[str]
    rows: list[list[str]]
    definitions: dict[str, str]


def write_page(
    path: Path,
    texts: Texts,
    versions: list[Version],
    excerpts: list[Excerpt],
    *,
    sample_rate: int,
    low_rate: int,
    base: str | None = None,
) -> None:
    """Write the page, complete or not at all.

    Parameters
    ----------
    path : Path
        The HTML file; an older one is replaced.
    texts : Texts
    versions : list of Version
        In the order of the keys 1 to 9; the first is the reference of the loudness.
    excerpts : list of Excerpt
        At least one; the first is shown when the page opens.
    sample_rate, low_rate : int
        Rate of all signals, and of the version that they were made from, in Hz.
    base : str, optional
        The version to which the networks add their band.

    Raises
    ------
    UserError
        If there is no excerpt, a version is missing or the signals of an excerpt are
        not int16 of one shape.
    """
    if not excerpts:
        raise UserError("a listening page needs at least one excerpt, got none")
    names = [version.name for version in versions]
    for excerpt in excerpts:
        _check(excerpt, names)
    style = parts.read("page.css")
    script = "\n".join(parts.read(f"{name}.js") for name in SCRIPTS)
    page = parts.fill(
        parts.read("page.html"),
        title=html.escape(texts.title),
        lead=html.escape(texts.lead),
        description=html.escape(texts.description),
        low_khz=f"{low_rate / 1000:g}",
        nyquist_khz=f"{low_rate / 2000:g}",
        high_khz=f"{sample_rate / 1000:g}",
        keys=str(min(9, len(versions))),
        policy=parts.policy(style, script),
        style=style,
        script=script,
        table=parts.table(texts.columns, texts.rows) + parts.definition_list(texts.definitions),
        data=_json(
            {
                "sampleRate": sample_rate,
                "lowRate": low_rate,
                "versions": [_as_dict(version, _ids(names)) for version in versions],
                "base": _ids(names)[base] if base else None,
                "pair": [_ids(names)[name] for name in _pair(names, base)],
                "excerpts": [_as_json(excerpt, _ids(names)) for excerpt in excerpts],
            }
        ),
        media="\n".join(_media(excerpts, _ids(names), sample_rate)),
    )
    with replacing(path) as part:
        part.write_text(page, encoding="utf-8")


def _ids(names: list[str]) -> dict[str, str]:
    # names may hold anything; ids are safe in HTML and in JavaScript's objects
    return {name: f"v{number}" for number, name in enumerate(names, start=1)}


def _pair(names: list[str], base: str | None) -> tuple[str, str]:
    # what a blind test compares unless others are chosen: the first network and its base
    after = names[names.index(base) + 1 :] if base else []
    return (after[0], base) if base and after else (names[1], names[0])


def _check(excerpt: Excerpt, names: list[str]) -> None:
    name = f"excerpt '{excerpt.title}'"
    for version in names:
        if version not in excerpt.signals or version not in excerpt.spectrograms:
            raise UserError(f"{name}: version '{version}' needs a signal and a spectrogram")
    shape = excerpt.signals[names[0]].shape
    if len(shape) != 2 or 0 in shape:
        raise UserError(f"{name}: expected shape (frames, channels), not empty; got {shape}")
    for version in names:
        signal = excerpt.signals[version]
        if signal.dtype != np.int16:
            raise UserError(f"{name}: '{version}' must be int16, got {signal.dtype}")
        if signal.shape != shape:
            raise UserError(
                f"{name}: '{version}' has shape {signal.shape} (frames, channels), "
                f"'{names[0]}' has {shape}: all versions must have one shape"
            )


def _as_dict(version: Version, ids: dict[str, str]) -> dict:
    return {
        "id": ids[version.name],
        "name": version.name,
        "note": version.note,
        "treble": version.gain_db,
        "baseGain": 10 ** (version.output_gain_db / 20),
    }


def _as_json(excerpt: Excerpt, ids: dict[str, str]) -> dict:
    gains = matching_gains({name: excerpt.signals[name] for name in ids})
    return {
        "title": excerpt.title,
        "start": excerpt.start,
        "gains": {ids[name]: gain for name, gain in gains.items()},
    }


def _json(value: dict) -> str:
    # HTML ends a script at the first "</script", even inside a string
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _media(excerpts: list[Excerpt], ids: dict[str, str], sample_rate: int) -> list[str]:
    """Give an inert script element for the sound and the spectrogram of every version."""
    return [
        f'<script type="text/plain" id="{kind}-{index}-{ids[name]}">'
        f"{parts.base64_of(content)}</script>"
        for index, excerpt in enumerate(excerpts)
        for name in ids
        for kind, content in (
            ("audio", _flac(excerpt.signals[name], sample_rate)),
            ("spectrogram", excerpt.spectrograms[name]),
        )
    ]


def _flac(signal: np.ndarray, sample_rate: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, signal, sample_rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()
