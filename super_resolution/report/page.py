"""The listening page: one HTML file that lets a person hear what the numbers say.

A few short excerpts in four versions, level-matched, played in step to the sample,
with their spectrograms and a blind ABX test. The file holds everything: sound as
FLAC, pictures as PNG, style and program from the files in `page/`. It can be
mailed and opened from a disk, and its Content-Security-Policy forbids it the network.
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
from super_resolution.report.loudness_matching import level_gains
from super_resolution.report.tables import BEST

VERSIONS = ("original", "low", "soxr", "network")  # in the order of the keys 1 to 4
NAMES = {"original": "Original", "low": "Low", "soxr": "soxr", "network": "Network"}


PARTS = Path(__file__).with_name("page")  # template, style and program of the page
SCRIPTS = ("tools", "deck", "player", "timeline", "listen", "abx", "blind", "page")  # in order


@dataclass(frozen=True)
class Excerpt:
    """A few seconds of the song in every version.

    Attributes
    ----------
    title : str
        Why these seconds, e.g. "Loudest above 7.5 kHz".
    start : float
        Where they begin, in seconds into the song.
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
    metric_notes: dict[str, str] | None = None,
) -> None:
    """Write the page, whole or not at all.

    Parameters
    ----------
    path : Path
        The HTML file; an older one is replaced.
    title, description : str
        The song's name, and a sentence on how the page was made. Plain text.
    sample_rate, low_rate : int
        Rate of all signals, and of the copy that they were made from, in Hz.
    excerpts : list of Excerpt
        At least one; the first is open when the page is.
    columns, rows : list of str, list of list of str
        The table of metrics, first the method; a cell that ends in " *" is shown as
        the best of its column.
    version_notes : dict of str to str
        One line on each of `VERSIONS`.
    metric_notes : dict of str to str, optional
        What a column means, shown below the table.

    Raises
    ------
    UserError
        If there is no excerpt, a version is missing or the signals of an excerpt are
        not int16 of one shape.
    """
    if not excerpts:
        raise UserError("a listening page needs at least one excerpt, and none was given")
    for excerpt in excerpts:
        _check(excerpt)
    style = _part("page.css")
    script = "\n".join(_part(f"{name}.js") for name in SCRIPTS)
    page = _fill(
        _part("page.html"),
        title=html.escape(title),
        description=html.escape(description),
        low_rate=f"{low_rate:,}",
        low_khz=f"{low_rate / 1000:g}",
        nyquist_khz=f"{low_rate / 2000:g}",
        high_khz=f"{sample_rate / 1000:g}",
        policy=_policy(script, style),
        style=style,
        script=script,
        table=_table(columns, rows) + _meanings(metric_notes or {}),
        data=_json(_data(excerpts, sample_rate, low_rate, version_notes)),
        media="\n".join(_media(excerpts, sample_rate)),
    )
    with replacing(path) as part:
        part.write_text(page, encoding="utf-8")


def _check(excerpt: Excerpt) -> None:
    named = f"excerpt '{excerpt.title}'"
    for version in VERSIONS:
        if version not in excerpt.signals or version not in excerpt.spectrograms:
            raise UserError(f"{named}: version '{version}' needs a signal and a spectrogram")
    shape = excerpt.signals["original"].shape
    if len(shape) != 2 or 0 in shape:
        raise UserError(f"{named}: expected shape (frames, channels), not empty; got {shape}")
    for version in VERSIONS:
        signal = excerpt.signals[version]
        if signal.dtype != np.int16:
            raise UserError(f"{named}: '{version}' must be int16, and is {signal.dtype}")
        if signal.shape != shape:
            raise UserError(
                f"{named}: '{version}' has shape {signal.shape} (frames, channels), "
                f"'original' has {shape}; all versions must be of one length"
            )


def _part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")


def _fill(template: str, **values: str) -> str:
    # in one pass, so that a value with braces in it stays what it is
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], template)


def _policy(script: str, style: str) -> str:
    """Allow this very script and style, pictures inside the page, and nothing else."""

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
            {"id": version, "name": NAMES[version], "note": version_notes.get(version, "")}
            for version in VERSIONS
        ],
        "excerpts": [
            {"title": one.title, "start": one.start, "gains": level_gains(one.signals)}
            for one in excerpts
        ],
    }


def _json(value: dict) -> str:
    # an HTML parser ends a script at "</script", wherever that stands
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _media(excerpts: list[Excerpt], sample_rate: int) -> list[str]:
    """Give a data block, which no browser runs, for every sound and every picture."""
    return [
        f'<script type="text/plain" id="{kind}-{index}-{version}">{_base64(content)}</script>'
        for index, excerpt in enumerate(excerpts)
        for version in VERSIONS
        for kind, content in (
            ("audio", _flac(excerpt.signals[version], sample_rate)),
            ("picture", excerpt.spectrograms[version]),
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


def _cell(text: str) -> str:
    value = html.escape(text.removesuffix(BEST))
    return f"<td><strong>{value}</strong></td>" if text.endswith(BEST) else f"<td>{value}</td>"


def _meanings(notes: dict[str, str]) -> str:
    items = "".join(
        f"<dt>{html.escape(column)}</dt><dd>{html.escape(meaning)}</dd>\n"
        for column, meaning in notes.items()
    )
    folded = (
        "<details><summary>What the columns mean</summary>\n"
        f'<dl class="meanings">\n{items}</dl></details>\n'
    )
    return folded if notes else ""
