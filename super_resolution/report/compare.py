"""Compares audio files with the first of them: a table, a picture and a page to listen on."""

from collections.abc import Callable
from pathlib import Path

from super_resolution.evaluation.evaluate import Comparison, compare_files
from super_resolution.files import replacing, write_json
from super_resolution.report import figures, tables
from super_resolution.report.listening.excerpts import choose_excerpts
from super_resolution.report.listening.page import Excerpt, Texts, Version, write_page
from super_resolution.report.spectrograms import spectrogram_png


def write_comparison(
    files: list[Path],
    folder: Path,
    *,
    low_rate: int,
    visqol: bool,
    explain: bool,
    log: Callable[[str], None],
) -> None:
    """Compare files, log the table, and write metrics.md, metrics.json, a picture and a page.

    Parameters
    ----------
    files : list of Path
        The original, and versions of it of the same rate, length and number of channels.
    folder : Path
        Where to write.
    low_rate : int
        The rate that the versions were made from, in Hz.
    visqol : bool
        Add ViSQOL.
    explain : bool
        Log the definitions of the columns.
    log : callable
        Takes each line for the user.
    """
    comparison = compare_files(files, low_rate=low_rate, visqol=visqol)
    reference, *versions = comparison.signals
    heading = f"{', '.join(versions)} compared with {reference}"
    log(f"{tables.table(comparison.results)}\n")
    log((tables.legend if explain else tables.hint)(comparison.results))
    with replacing(folder / "metrics.md") as part:
        part.write_text(f"# {heading}\n\n{tables.markdown(comparison.results)}", "utf-8")
    write_json(
        folder / "metrics.json", {"original": reference, **tables.as_json(comparison.results)}
    )
    figure = figures.comparison(
        comparison.signals, sample_rate=comparison.sample_rate, low_rate=low_rate
    )
    figures.save(figure, folder / "spectrogram.png")
    _write_page(folder / "index.html", comparison, low_rate)
    log(f"\nmade: metrics.md, metrics.json, spectrogram.png and index.html in {folder}/")
    log(f"listen: open {folder / 'index.html'} in a browser")


def _write_page(path: Path, comparison: Comparison, low_rate: int) -> None:
    reference, *others = comparison.signals
    definitions = tables.definitions(comparison.results)
    rate = comparison.sample_rate
    chosen = choose_excerpts(comparison.signals[reference], sample_rate=rate, low_rate=low_rate)
    write_page(
        path,
        Texts(
            title=reference,
            lead=f"Excerpts of {len(comparison.signals)} files: {reference}, and versions of it.",
            description=f"The metrics compare the whole files with {reference}.",
            columns=["file", *definitions],
            rows=tables.cells(comparison.results),
            definitions=definitions,
        ),
        [Version(reference, "the original"), *map(Version, others)],
        [_cut(comparison, excerpt.title, excerpt.start, excerpt.frames) for excerpt in chosen],
        sample_rate=rate,
        low_rate=low_rate,
    )


def _cut(comparison: Comparison, title: str, start: int, frames: int) -> Excerpt:
    signals = {name: signal[start : start + frames] for name, signal in comparison.signals.items()}
    images = {name: spectrogram_png(signal) for name, signal in signals.items()}
    return Excerpt(title, start / comparison.sample_rate, signals, images)
