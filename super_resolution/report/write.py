"""Evaluates tracks, prints their tables and writes their reports.

    report/metrics.md       the table, with the definitions of its columns
    report/metrics.json     the same for programs
    report/spectrogram.png  spectrograms, long-term spectra, errors
    report/index.html       the listening page, if there is an upsampled version

JSON has neither infinity nor NaN: they are written as the strings "inf", "-inf" and
"nan", which Python's `float` accepts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from super_resolution.evaluation.cutoffs import Upsample, evaluate_cutoff
from super_resolution.evaluation.evaluate import (
    Evaluation,
    evaluate_track,
    mean_results,
    window_frames,
)
from super_resolution.evaluation.methods import SOXR, listening_versions
from super_resolution.files import replacing, write_json
from super_resolution.progress import MusicBar
from super_resolution.report import descriptions, figures, tables
from super_resolution.report.listening.excerpts import (
    EXCERPT_SECONDS,
    ExcerptRange,
    choose_excerpts,
    excerpts_at,
)
from super_resolution.report.listening.overview import write_overview
from super_resolution.report.listening.page import Excerpt, Texts, Version, write_page
from super_resolution.report.spectrograms import spectrogram_png
from super_resolution.tracks.track import Track

PAGE = "index.html"


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
    show : tuple of str
        The networks to draw and to listen to; if empty, the shipped one and that of the
        others which was trained last.
    shipped : str
        The name of the network that comes with the package.
    explain : bool
        Print the definitions of the columns.
    """

    starts: list[float]
    seconds: float = EXCERPT_SECONDS
    visqol: bool = False
    channel: int | None = None
    show: tuple[str, ...] = ()
    shipped: str = ""
    explain: bool = False


def write_reports(
    tracks: list[Track], options: EvaluationOptions, *, overview: Path, log: Callable[[str], None]
) -> None:
    """Evaluate tracks, write their reports, and log their tables and the mean of all.

    Parameters
    ----------
    tracks : list of Track
    options : EvaluationOptions
    overview : Path
        The HTML file that lists the tracks, if there are several.
    log : callable
        Takes each line for the user.
    """
    # check the excerpts first: an evaluation takes long
    chosen = [excerpts_at(track, options.starts, seconds=options.seconds) for track in tracks]
    evaluations: list[Evaluation] = []
    for track, excerpts in zip(tracks, chosen, strict=True):
        evaluation = evaluate_track(
            track,
            show=options.show,
            shipped=options.shipped,
            visqol=options.visqol,
            channel=options.channel,
        )
        for paragraph in (
            descriptions.heading(evaluation),
            tables.table(evaluation.results),
            *descriptions.warnings(evaluation),
            *descriptions.missing_network(evaluation),
        ):
            log(f"{paragraph}\n")
        write(evaluation, excerpts or _choose_excerpts(evaluation, options.seconds))
        # the signals of many tracks would fill the memory
        evaluations.append(replace(evaluation, signals={}))
    _log_end(evaluations, options, overview, log)


def _log_end(
    evaluations: list[Evaluation],
    options: EvaluationOptions,
    overview: Path,
    log: Callable[[str], None],
) -> None:
    results = [evaluation.results for evaluation in evaluations]
    mean = mean_results(results)
    pages = [one.track.folder / "report" / PAGE for one in evaluations if one.shown]
    if len(evaluations) > 1:
        heading = descriptions.mean_heading([one.track for one in evaluations], results)
        log(f"{heading}\n\n{tables.table(mean)}\n")
        write_overview(overview, evaluations, mean, heading)
        pages = [overview]
    log((tables.legend if options.explain else tables.hint)(max(results, key=len)))
    networks = {one.name: None for evaluation in evaluations for one in evaluation.networks}
    log(f"\n{descriptions.made(evaluations)}")
    for line in descriptions.worth(mean, list(networks)):
        log(line)
    for page in pages:
        log(f"listen: open {page} in a browser")


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


def write(evaluation: Evaluation, excerpts: list[ExcerptRange]) -> None:
    """Write a track's report; without an upsampled version there is no page.

    Parameters
    ----------
    evaluation : Evaluation
    excerpts : list of ExcerptRange
        For the listening page.
    """
    info, folder = evaluation.track.info, evaluation.track.folder / "report"
    heading, warnings = descriptions.heading(evaluation), descriptions.warnings(evaluation)
    with replacing(folder / "metrics.md") as part:
        sections = (f"# {heading}", *warnings, tables.markdown(evaluation.results))
        part.write_text("\n\n".join(sections), "utf-8")
    write_json(folder / "metrics.json", _as_json(evaluation))
    start, end = evaluation.seconds
    heard = [excerpt.frames / info.sample_rate for excerpt in excerpts if evaluation.shown]
    with MusicBar(f"drawing {evaluation.track.name}", end - start + sum(heard)) as bar:
        figure = figures.comparison(
            evaluation.signals,
            sample_rate=info.sample_rate,
            low_rate=info.low_rate,
            windows=window_frames(evaluation),
            start=evaluation.start,
        )
        figures.save(figure, folder / "spectrogram.png")
        bar.update(end - start)
        if evaluation.shown:
            _write_page(folder / PAGE, evaluation, excerpts, bar)
        else:
            # a page of upsampled versions that were deleted
            (folder / PAGE).unlink(missing_ok=True)


def _as_json(evaluation: Evaluation) -> dict:
    info = evaluation.track.info
    return {
        "track": evaluation.track.name,
        "title": info.title,
        "sample_rate": info.sample_rate,
        "low_rate": info.low_rate,
        "downsample": info.downsample,
        "evaluated_seconds": list(evaluation.seconds),
        "networks": {one.name: one.info for one in evaluation.networks},
        **tables.as_json(evaluation.results),
    }


def _write_page(
    path: Path, evaluation: Evaluation, excerpts: list[ExcerptRange], bar: MusicBar
) -> None:
    info, networks = evaluation.track.info, {one.name: one for one in evaluation.shown}
    definitions = tables.definitions(evaluation.results)
    versions = [
        Version(name, note, networks[name].gain_db, networks[name].output_gain_db)
        if name in networks
        else Version(name, note)
        for name, note in descriptions.version_notes(evaluation).items()
    ]
    write_page(
        path,
        Texts(
            title=info.title,
            lead=descriptions.page_lead(evaluation),
            description=descriptions.page_description(evaluation),
            columns=["method", *definitions],
            rows=tables.cells(evaluation.results),
            definitions=definitions,
        ),
        versions,
        [_read_excerpt(evaluation.track, excerpt, networks, bar) for excerpt in excerpts],
        sample_rate=info.sample_rate,
        low_rate=info.low_rate,
        base=SOXR,
    )


def _read_excerpt(
    track: Track, excerpt: ExcerptRange, networks: Iterable[str], bar: MusicBar
) -> Excerpt:
    end = excerpt.start + excerpt.frames
    signals = listening_versions(track, excerpt.start, end, networks)
    images = {version: spectrogram_png(signal) for version, signal in signals.items()}
    bar.update(excerpt.frames / track.info.sample_rate)
    return Excerpt(excerpt.title, excerpt.start / track.info.sample_rate, signals, images)
