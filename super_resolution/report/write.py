"""What a person gets to see of an evaluation.

    report/metrics.md       the table, and what its columns mean
    report/metrics.json     the same for programs
    report/spectrogram.png  spectrograms, long-term spectra, errors
    report/index.html       the page to listen on, where there is an upsampled.wav

JSON has neither infinity nor NaN: there they are the strings "inf", "-inf" and
"nan", which Python's `float` takes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from super_resolution.evaluation.evaluate import (
    Evaluation,
    Rows,
    compare_files,
    evaluate_track,
    mean_rows,
    window_frames,
)
from super_resolution.evaluation.methods import NETWORK, PREDICT, listening_versions
from super_resolution.files import replacing, write_json
from super_resolution.report import figures, tables
from super_resolution.report.excerpts import SECONDS, Choice, choose_excerpts, excerpts_at
from super_resolution.report.page import Excerpt, write_page
from super_resolution.tracks.track import Track

QUIET = 10.0  # LSB: below it a judged part is an end that fades, or a rest
DOWNSAMPLED = {
    "soxr": "by soxr, band-limited",
    "decimate": "by taking single samples unfiltered, so that it aliases",
}


@dataclass(frozen=True)
class EvaluationOptions:
    """How the user wants tracks evaluated.

    Parameters
    ----------
    starts : list of float
        What to listen to, in seconds into the song; none lets the energy choose.
    seconds : float
        Length of an excerpt.
    visqol : bool
    channel : int or None
        Measure this channel alone.
    """

    starts: list[float]
    seconds: float = SECONDS
    visqol: bool = False
    channel: int | None = None


def write_reports(
    found: list[Track], wishes: EvaluationOptions, *, log: Callable[[str], None]
) -> None:
    """Evaluate tracks, write their reports, and say what came out, in the end their mean."""
    # a wrong start is told before the long work
    wanted = [excerpts_at(track, wishes.starts, seconds=wishes.seconds) for track in found]
    rows, paths = [], []
    for track, choices in zip(found, wanted, strict=True):
        judged = evaluate_track(track, visqol=wishes.visqol, channel=wishes.channel)
        for part in (heading(judged), tables.table(judged.rows), *_remarks(judged)):
            log(f"{part}\n")
        window = window_frames(judged)
        paths += write(judged, choices or _by_energy(judged, wishes.seconds), window=window)
        rows.append(judged.rows)
    if len(found) > 1:
        log(f"{_mean_heading(found, rows)}\n\n{tables.table(mean_rows(rows))}\n")
    log(tables.explained(rows[0]) + "\n")
    for path in paths:
        log(str(path))


def print_comparison(
    original: Path, estimate: Path, *, low_rate: int, visqol: bool, log: Callable[[str], None]
) -> None:
    """Say what one file is worth against another; parameters as for `compare_files`."""
    rows = compare_files(original, estimate, low_rate=low_rate, visqol=visqol)
    log(f"{tables.table(rows)}\n\n{tables.explained(rows)}")


def _remarks(judged: Evaluation) -> list[str]:
    found, track = _warnings(judged), judged.track
    if NETWORK not in judged.rows:
        found.append(
            f"no network's row and no page to listen on: there is no {track.upsampled}; "
            f"make it with {PREDICT} {track.folder}"
        )
    return found


def _mean_heading(found: list[Track], rows: list[Rows]) -> str:
    lacking = [track.name for track, some in zip(found, rows, strict=True) if NETWORK not in some]
    because = f" (no network's row: there is none of {', '.join(lacking)})" if lacking else ""
    return f"mean of {len(found)} tracks{because}"


def _by_energy(judged: Evaluation, seconds: float) -> list[Choice]:
    info, original = judged.track.info, judged.signals["original"]
    rates = {"sample_rate": info.sample_rate, "low_rate": info.low_rate}
    return choose_excerpts(original, **rates, seconds=seconds, first=judged.start)


def heading(judged: Evaluation) -> str:
    """Say in a line what was judged."""
    info, (begin, end) = judged.track.info, judged.seconds
    made_by = _network(judged)
    network = f"; the network is {made_by}" if made_by else ""
    title = f" ({info.title})" if info.title != judged.track.name else ""
    whole = info.frames / info.sample_rate
    return (
        f"{judged.track.name}{title}: {begin:.1f} to {end:.1f} s of {whole:.1f} s, "
        f"from {info.low_rate} Hz ({DOWNSAMPLED[info.downsample]}){network}"
    )


def _warnings(judged: Evaluation) -> list[str]:
    # of what stands wherever the figures do
    if judged.loudness >= QUIET:
        return []
    return [
        f"warning: the judged part is nearly silent (RMS {judged.loudness:.1f} LSB): "
        f"these figures say little of the song"
    ]


def write(judged: Evaluation, choices: list[Choice], *, window: int) -> list[Path]:
    """Write a track's report.

    Parameters
    ----------
    judged : Evaluation
    choices : list of Choice
        What to listen to.
    window : int
        Samples from one possible seam to the next.

    Returns
    -------
    list of Path
        What was written; without an `upsampled.wav` there is no page.
    """
    info, folder = judged.track.info, judged.track.folder / "report"
    names = ("metrics.md", "metrics.json", "spectrogram.png", "index.html")
    text, data, picture, page = (folder / name for name in names)
    parts = (f"# {heading(judged)}", *_warnings(judged), tables.markdown(judged.rows))
    with replacing(text) as part:
        part.write_text("\n\n".join(parts), "utf-8")
    write_json(data, _as_json(judged))
    rates = {"sample_rate": info.sample_rate, "low_rate": info.low_rate}
    options = rates | {"window": window, "start": judged.start}
    figures.save(figures.comparison(judged.signals, **options), picture)
    if NETWORK not in judged.rows:
        page.unlink(missing_ok=True)  # it tells of an upsampled.wav that has gone
        return [text, data, picture]
    _write_page(page, judged, choices)
    return [text, data, picture, page]


def _network(judged: Evaluation) -> str | None:
    # which one, and how much louder it was to be than it is
    model, treble = (judged.made_by.get(key) for key in ("model", "gain_db"))
    # the file may be anybody's
    told = isinstance(treble, float) and math.isfinite(treble) and treble
    return f"{model} at {treble:+g} dB" if model and told else model


def _as_json(judged: Evaluation) -> dict:
    info, (begin, end) = judged.track.info, judged.seconds
    return {
        "track": judged.track.name,
        "title": info.title,
        "sample_rate": info.sample_rate,
        "low_rate": info.low_rate,
        "downsample": info.downsample,
        "judged_seconds": [begin, end],
        "network": judged.made_by,
        "metrics": {
            method: {key: _number(value) for key, value in row.items()}
            for method, row in judged.rows.items()
        },
        "definitions": {metric.key: metric.definition for metric in tables.columns(judged.rows)},
    }


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def _write_page(path: Path, judged: Evaluation, choices: list[Choice]) -> None:
    info, rows = judged.track.info, judged.rows
    meanings = tables.definitions(rows)
    write_page(
        path,
        title=info.title,
        description=_description(judged),
        sample_rate=info.sample_rate,
        low_rate=info.low_rate,
        excerpts=[_excerpt(judged.track, choice) for choice in choices],
        columns=["method", *meanings],
        rows=tables.cells(rows),
        version_notes=_version_notes(judged),
        metric_notes=meanings,
    )


def _excerpt(track: Track, choice: Choice) -> Excerpt:
    signals = listening_versions(track, choice.start, choice.start + choice.frames)
    strips = {version: figures.strip(signal) for version, signal in signals.items()}
    return Excerpt(choice.title, choice.start / track.info.sample_rate, signals, strips)


def _version_notes(judged: Evaluation) -> dict[str, str]:
    info, model = judged.track.info, _network(judged)
    low = f"{info.low_rate / 1000:g} kHz"
    return {
        "original": f"the song at {info.sample_rate / 1000:g} kHz",
        "low": f"the {low} copy, each sample repeated: above the line are mirror images of below",
        "soxr": "the copy, smoothly interpolated: nothing is added",
        NETWORK: f"the copy, filled in by a network{f' ({model})' if model else ''}",
    }


def _description(judged: Evaluation) -> str:
    info, (begin, end) = judged.track.info, judged.seconds
    # a file's path says nothing to whom the page is mailed, and is nobody's business
    source = info.source if info.source.startswith(("http://", "https://")) else None
    origin = ", ".join(filter(None, [source, info.licence]))
    return (
        f"The song is {info.title}{f' ({origin})' if origin else ''}. "
        f"Its {info.low_rate} Hz copy was made {DOWNSAMPLED[info.downsample]}. "
        f"The numbers are of {begin:.0f} to {end:.0f} s, which is kept from training"
        f"{', and nearly silent' if _warnings(judged) else ''}."
    )
