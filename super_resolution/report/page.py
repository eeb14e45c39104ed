"""The listening page: one HTML file to compare the versions of a song by ear.

It plays short excerpts in four versions, loudness-matched and synchronous to the sample,
with their spectrograms and a blind ABX test. The file contains everything: sound as
FLAC, spectrograms as PNG, style and script from the files in `page/`. It works from a
disk or an e-mail, and its Content-Security-Policy forbids it to use the internet.
"""

import base64
import hashlib
import html
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from super_resolution.errors import UserError
from super_resolution.files import replacing
from super_resolution.report.loudness_matching import matching_gains
from super_resolution.report.tables import split_mark

VERSIONS = ("original", "low", "soxr", "network")  # in the order of the keys 1 to 4
VERSION_NAMES = {"original": "Original", "low": "Low", "soxr": "soxr", "network": "Network"}

PAGE_FOLDER = Path(__file__).with_name("page")  # template, style and scripts
SCRIPTS = ("tools", "player", "timeline", "listen", "abx", "blind", "page")  # in order


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
        For each of `VERSIONS` int16 samples, shape (frames, channels), all of one shape.
    spectrograms : dict of str to bytes
        For each of `VERSIONS` a PNG without axes or margins: x is time over the whole
        excerpt, y is 0 Hz (bottom) to half the sample rate (top), linear.
    """

    title: str
    start: float
    signals: dict[str, np.ndarray]
    spectrograms: dict[str, bytes]


def write_page(
    path: Path,
    *,
    title: str,
    description: str,
    sample_rate: int,
    low_rate: int,
    excerpts: list[Excerpt],
    columns: list[str],
    rows: list[list[str]],
    version_notes: dict[str, str],
    definitions: dict[str, str] | None = None,
) -> None:
    """Write the page, complete or not at all.

    Parameters
    ----------
    path : Path
        The HTML file; an older one is replaced.
    title, description : str
        The song's name, and a sentence on how the page was made. Plain text.
    sample_rate, low_rate : int
        Rate of all signals, and of the version that they were made from, in Hz.
    excerpts : list of Excerpt
        At least one; the first is shown when the page opens.
    columns, rows : list of str, list of list of str
        The table of metrics, first the method; cells with the mark of `tables.cells`
        are shown as the best of their column.
    version_notes : dict of str to str
        One line on each of `VERSIONS`.
    definitions : dict of str to str, optional
        The definition of each column, shown below the table.

    Raises
    ------
    UserError
        If there is no excerpt, a version is missing or the signals of an excerpt are
        not int16 of one shape.
    """
    if not excerpts:
        raise UserError("a listening page needs at least one excerpt, got none")
    for excerpt in excerpts:
        _check(excerpt)
    style = _read("page.css")
    script = "\n".join(_read(f"{name}.js") for name in SCRIPTS)
    page = _fill(
        _read("page.html"),
        title=html.escape(title),
        description=html.escape(description),
        low_khz=f"{low_rate / 1000:g}",
        nyquist_khz=f"{low_rate / 2000:g}",
        high_khz=f"{sample_rate / 1000:g}",
        policy=_policy(script, style),
        style=style,
        script=script,
        table=_table(columns, rows) + _definition_list(definitions or {}),
        data=_json(_data(excerpts, sample_rate, low_rate, version_notes)),
        media="\n".join(_media(excerpts, sample_rate)),
    )
    with replacing(path) as part:
        part.write_text(page, encoding="utf-8")


def _check(excerpt: Excerpt) -> None:
    name = f"excerpt '{excerpt.title}'"
    for version in VERSIONS:
        if version not in excerpt.signals or version not in excerpt.spectrograms:
            raise UserError(f"{name}: version '{version}' needs a signal and a spectrogram")
    shape = excerpt.signals["original"].shape
    if len(shape) != 2 or 0 in shape:
        raise UserError(f"{name}: expected shape (frames, channels), not empty; got {shape}")
    for version in VERSIONS:
        signal = excerpt.signals[version]
        if signal.dtype != np.int16:
            raise UserError(f"{name}: '{version}' must be int16, got {signal.dtype}")
        if signal.shape != shape:
            raise UserError(
                f"{name}: '{version}' has shape {signal.shape} (frames, channels), "
                f"'original' has {shape}: all versions must have one shape"
            )


def _read(name: str) -> str:
    return (PAGE_FOLDER / name).read_text(encoding="utf-8")


def _fill(template: str, **values: str) -> str:
    # in one pass, so that braces in a value are not replaced
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], template)


def _policy(script: str, style: str) -> str:
    """Allow only this script and style, by their hashes, and images inside the page."""

    def source(text: str) -> str:
        return f"'sha256-{_base64(hashlib.sha256(text.encode()).digest())}'"

    return (
        f"default-src 'none'; script-src {source(script)}; style-src {source(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _data(
    excerpts: list[Excerpt], sample_rate: int, low_rate: int, version_notes: dict[str, str]
) -> dict:
    return {
        "sampleRate": sample_rate,
        "lowRate": low_rate,
        "versions": [
            {"id": version, "name": VERSION_NAMES[version], "note": version_notes.get(version, "")}
            for version in VERSIONS
        ],
        "excerpts": [
            {
                "title": excerpt.title,
                "start": excerpt.start,
                "gains": matching_gains(excerpt.signals),
            }
            for excerpt in excerpts
        ],
    }


def _json(value: dict) -> str:
    # HTML ends a script at the first "</script", even inside a string
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _media(excerpts: list[Excerpt], sample_rate: int) -> list[str]:
    """Give an inert script element for the sound and the spectrogram of every version."""
    return [
        f'<script type="text/plain" id="{kind}-{index}-{version}">{_base64(content)}</script>'
        for index, excerpt in enumerate(excerpts)
        for version in VERSIONS
        for kind, content in (
            ("audio", _flac(excerpt.signals[version], sample_rate)),
            ("spectrogram", excerpt.spectrograms[version]),
        )
    ]


def _flac(signal: np.ndarray, sample_rate: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, signal, sample_rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _table(columns: list[str], rows: list[list[str]]) -> str:
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{html.escape(method)}</th>{"".join(map(_cell, cells))}</tr>\n'
        for method, *cells in rows
    )
    return (
        "<p>The best of each column is bold.</p>\n"
        '<div class="scroll" tabindex="0" role="region" aria-label="Table of metrics">\n'
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )


def _cell(cell: str) -> str:
    text, is_best = split_mark(cell)
    value = html.escape(text)
    return f"<td><strong>{value}</strong></td>" if is_best else f"<td>{value}</td>"


def _definition_list(definitions: dict[str, str]) -> str:
    if not definitions:
        return ""
    items = "".join(
        f"<dt>{html.escape(column)}</dt><dd>{html.escape(text)}</dd>\n"
        for column, text in definitions.items()
    )
    return (
        "<details><summary>Definitions of the metrics</summary>\n"
        f'<dl class="definitions">\n{items}</dl></details>\n'
    )
