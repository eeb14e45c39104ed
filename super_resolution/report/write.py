"""Evaluates tracks, prints their tables and writes their reports.

    report/metrics.md       the table, with the definitions of its columns
    report/metrics.json     the same for programs
    report/spectrogram.png  spectrograms, long-term spectra, errors
    report/index.html       the listening page, if there is an upsampled.wav

JSON has neither infinity nor NaN: they are written as the strings "inf", "-inf" and
"nan", which Python's `float` accepts.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from super_resolution.evaluation.cutoffs import Upsample, evaluate_cutoff
from super_resolution.evaluation.evaluate import (
    Evaluation,
    compare_files,
    evaluate_track,
    mean_results,
    window_frames,
)
from super_resolution.evaluation.methods import NETWORK, listening_versions
from super_resolution.files import replacing, write_json
from super_resolution.report import descriptions, figures, tables
from super_resolution.report.excerpts import (
    EXCERPT_SECONDS,
    ExcerptRange,
    choose_excerpts,
    excerpts_at,
)
from super_resolution.report.page import Excerpt, write_page
from super_resolution.report.spectrograms import spectrogram_png
from super_resolution.tracks.track import Track


@dataclass(frozen=True)
class EvaluationOptions:
    """The user's options for an evaluation.

    Parameters
    ----------
    starts : list of float
        Starts of the excerpts, in seconds; if empty they are chosen by their energy.
    seconds : float
        Length of an excerpt.
    visqol : bool
        Add ViSQOL.
    channel : int or None
        Measure this channel only; None is the mean over all.
    """

    starts: list[float]
    seconds: float = EXCERPT_SECONDS
    visqol: bool = False
    channel: int | None = None


def write_reports(
    tracks: list[Track], options: EvaluationOptions, *, log: Callable[[str], None]
) -> None:
    """Evaluate tracks, write their reports, and log their tables and the mean of all."""
    # check the excerpts first: an evaluation takes long
    chosen = [excerpts_at(track, options.starts, seconds=options.seconds) for track in tracks]
    results, paths = [], []
    for track, excerpts in zip(tracks, chosen, strict=True):
        evaluation = evaluate_track(track, visqol=options.visqol, channel=options.channel)
        for paragraph in (
            descriptions.heading(evaluation),
            tables.table(evaluation.results),
            *descriptions.warnings(evaluation),
            *descriptions.missing_network(evaluation),
        ):
            log(f"{paragraph}\n")
        paths += write(evaluation, excerpts or _choose_excerpts(evaluation, options.seconds))
        results.append(evaluation.results)
    if len(tracks) > 1:
        log(f"{descriptions.mean_heading(tracks, results)}\n")
        log(f"{tables.table(mean_results(results))}\n")
    log(tables.legend(results[0]) + "\n")
    for path in paths:
        log(str(path))


def print_comparison(
    reference: Path, estimate: Path, *, low_rate: int, visqol: bool, log: Callable[[str], None]
) -> None:
    """Log the metrics of one file against another; parameters as for `compare_files`."""
    results = compare_files(reference, estimate, low_rate=low_rate, visqol=visqol)
    log(f"{tables.table(results)}\n\n{tables.legend(results)}")


def print_cutoffs(
    tracks: list[Track],
    cutoffs: list[int],
    upsample: Upsample,
    *,
    visqol: bool,
    log: Callable[[str], None],
) -> None:
    """Log a table for each cut-off, the mean over tracks; parameters as for `evaluate_cutoff`."""
    for hertz in cutoffs:
        rows = [evaluate_cutoff(track, hertz, upsample, visqol=visqol) for track in tracks]
        names = ", ".join(track.name for track in tracks)
        head = f"{names}: limited to {hertz} Hz, the low Nyquist of these metrics"
        log(f"{head}\n\n{tables.table(mean_results(rows))}\n")
    log(tables.legend(rows[0]))


def _choose_excerpts(evaluation: Evaluation, seconds: float) -> list[ExcerptRange]:
    return choose_excerpts(
        evaluation.signals["original"],
        sample_rate=evaluation.track.info.sample_rate,
        low_rate=evaluation.track.info.low_rate,
        seconds=seconds,
        offset=evaluation.start,
    )


def write(evaluation: Evaluation, excerpts: list[ExcerptRange]) -> list[Path]:
    """Write a track's report.

    Parameters
    ----------
    evaluation : Evaluation
    excerpts : list of ExcerptRange
        For the listening page.

    Returns
    -------
    list of Path
        The files written; without an `upsampled.wav` there is no page.
    """
    info, folder = evaluation.track.info, evaluation.track.folder / "report"
    names = ("metrics.md", "metrics.json", "spectrogram.png", "index.html")
    text, data, picture, page = (folder / name for name in names)
    sections = (
        f"# {descriptions.heading(evaluation)}",
        *descriptions.warnings(evaluation),
        tables.markdown(evaluation.results),
    )
    with replacing(text) as part:
        part.write_text("\n\n".join(sections), "utf-8")
    write_json(data, _as_json(evaluation))
    figure = figures.comparison(
        evaluation.signals,
        sample_rate=info.sample_rate,
        low_rate=info.low_rate,
        window=window_frames(evaluation),
        start=evaluation.start,
    )
    figures.save(figure, picture)
    if NETWORK not in evaluation.results:
        page.unlink(missing_ok=True)  # a page of an upsampled.wav that was deleted
        return [text, data, picture]
    _write_page(page, evaluation, excerpts)
    return [text, data, picture, page]


def _as_json(evaluation: Evaluation) -> dict:
    info = evaluation.track.info
    return {
        "track": evaluation.track.name,
        "title": info.title,
        "sample_rate": info.sample_rate,
        "low_rate": info.low_rate,
        "downsample": info.downsample,
        "evaluated_seconds": list(evaluation.seconds),
        "network": evaluation.network_info,
        "metrics": {
            method: {key: _number(value) for key, value in values.items()}
            for method, values in evaluation.results.items()
        },
        "definitions": {
            metric.key: metric.definition for metric in tables.columns(evaluation.results)
        },
    }


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def _write_page(path: Path, evaluation: Evaluation, excerpts: list[ExcerptRange]) -> None:
    info = evaluation.track.info
    definitions = tables.definitions(evaluation.results)
    write_page(
        path,
        title=info.title,
        description=descriptions.page_description(evaluation),
        sample_rate=info.sample_rate,
        low_rate=info.low_rate,
        excerpts=[_read_excerpt(evaluation.track, excerpt) for excerpt in excerpts],
        columns=["method", *definitions],
        rows=tables.cells(evaluation.results),
        version_notes=descriptions.version_notes(evaluation),
        definitions=definitions,
    )


def _read_excerpt(track: Track, excerpt: ExcerptRange) -> Excerpt:
    signals = listening_versions(track, excerpt.start, excerpt.start + excerpt.frames)
    images = {version: spectrogram_png(signal) for version, signal in signals.items()}
    return Excerpt(excerpt.title, excerpt.start / track.info.sample_rate, signals, images)
