"""The page of many tracks: their list, with a link to the listening page of each, and the mean."""

import html
import os
from pathlib import Path
from urllib.parse import quote

from super_resolution.evaluation.evaluate import Evaluation, Results
from super_resolution.evaluation.methods import SOXR
from super_resolution.files import replacing
from super_resolution.report import tables
from super_resolution.report.listening import parts

METRIC = "lsd"  # of the list


def write_overview(path: Path, evaluations: list[Evaluation], mean: Results, heading: str) -> None:
    """Write the page.

    Parameters
    ----------
    path : Path
        The HTML file; an older one is replaced.
    evaluations : list of Evaluation
        Of all tracks.
    mean : dict of str to dict
        The mean of their metrics.
    heading : str
        What the mean is of.
    """
    definitions, style = tables.definitions(mean), parts.read("page.css")
    networks = {one.name: None for evaluation in evaluations for one in evaluation.networks}
    shown = [SOXR, *networks]
    page = parts.fill(
        parts.read("overview.html"),
        policy=parts.policy(style),
        style=style,
        count=str(len(evaluations)),
        heading=html.escape(heading),
        tracks=parts.raw_table(
            ["track", "evaluated", *(f"LSD, {name}" for name in shown)],
            [_row(path, evaluation, shown) for evaluation in evaluations],
        ),
        mean=parts.table(["method", *definitions], tables.cells(mean))
        + parts.definition_list(definitions),
    )
    with replacing(path) as part:
        part.write_text(page, encoding="utf-8")


def _row(path: Path, evaluation: Evaluation, shown: list[str]) -> list[str]:
    title = html.escape(evaluation.track.info.title)
    if evaluation.shown:
        page = os.path.relpath(evaluation.track.folder / "report" / "index.html", path.parent)
        title = f'<a href="{html.escape(quote(Path(page).as_posix()))}">{title}</a>'
    start, end = evaluation.seconds
    values = [
        f"{evaluation.results[name][METRIC]:.3f}" if name in evaluation.results else "–"
        for name in shown
    ]
    return [title, f"{start:.0f} to {end:.0f} s", *values]
