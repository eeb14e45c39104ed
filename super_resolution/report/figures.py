"""Figures: spectrograms, long-term spectra, error by window position, training curve.

They show what the metrics can hide: combs of lines, gaps and errors at the boundaries of
the network's windows. The line colours are those of Okabe and Ito, for the colour-blind.
"""

import csv
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from super_resolution.errors import UserError
from super_resolution.evaluation.spectral_metrics import channel_pairs
from super_resolution.files import replacing
from super_resolution.report.spectrograms import (
    COLOR_MAP,
    LEVEL_RANGE_DB,
    long_term_spectrum,
    spectrogram,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

COLORS = ("#000000", "#E69F00", "#0072B2", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442")
NYQUIST_COLOR = "#009E73"
DPI = 100
FIGURE_WIDTH = 1200  # pixels
SPECTROGRAM_INCHES, SPECTRUM_INCHES, ERROR_INCHES = 1.9, 2.6, 1.7  # heights of the plots
MAX_SPECTROGRAM_SECONDS = 30  # beats cannot be seen in longer ones
SPECTRUM_MARGIN_DB = 4  # above and below the lines
MIN_ERROR_RANGE = 10  # percent: a narrower scale would make chance look like an error


def comparison(
    signals: dict[str, np.ndarray],
    *,
    sample_rate: int,
    low_rate: int,
    windows: dict[str, int] | None = None,
    start: int = 0,
) -> "Figure":
    """Draw the spectrograms of all versions, then their long-term spectra and errors.

    Parameters
    ----------
    signals : dict of str to ndarray, int16, shape (frames, channels)
        The original first.
    sample_rate, low_rate : int
        In Hz.
    windows : dict of str to int, optional
        For each of the others, the samples from one window of its network to the next. Without
        it the errors by position in the window are left out.
    start : int
        Position of the signals in the song, in samples.
    """
    from matplotlib.figure import Figure

    errors = [ERROR_INCHES] if windows else []
    heights = [SPECTROGRAM_INCHES] * len(signals) + [SPECTRUM_INCHES, *errors]
    figure = Figure((FIGURE_WIDTH / DPI, sum(heights) + 1.5), DPI, layout="constrained")
    axes = figure.subplots(len(heights), 1, height_ratios=heights)
    maps, others = axes[: len(signals)], axes[len(signals) :]
    for name, axis in zip(signals, maps, strict=True):
        image = _draw_spectrogram(axis, name, signals[name], sample_rate, low_rate, start)
        axis.tick_params(labelbottom=axis is maps[-1])
    maps[-1].set_xlabel("time (s)")
    figure.colorbar(image, ax=maps, label="level (dB)", pad=0.01, aspect=40, extend="both")
    _draw_spectra(others[0], signals, sample_rate, low_rate)
    if windows:
        _draw_errors(others[1], signals, windows, start)
    return figure


def label(name: str) -> str:
    """Escape a name: matplotlib takes what is between two dollars for a formula."""
    return name.replace("$", r"\$")


def _draw_spectrogram(
    axis: "Axes", name: str, signal: np.ndarray, sample_rate: int, low_rate: int, start: int
) -> "AxesImage":
    shown = signal[: MAX_SPECTROGRAM_SECONDS * sample_rate]
    seconds = (start / sample_rate, (start + len(shown)) / sample_rate)
    image = draw_levels(axis, spectrogram(shown), seconds, sample_rate)
    axis.axhline(low_rate / 2000, color="white", linestyle="--", linewidth=1)
    axis.set_title(label(name), loc="left", fontweight="bold")
    return image


def draw_levels(
    axis: "Axes", levels: np.ndarray, seconds: tuple[float, float], sample_rate: int
) -> "AxesImage":
    """Draw the levels of a spectrogram between two times; what is above them is darkest."""
    lowest, highest = LEVEL_RANGE_DB
    image = axis.imshow(
        levels,
        extent=(*seconds, 0, sample_rate / 2000),
        aspect="auto",
        cmap=COLOR_MAP,
        vmin=lowest,
        vmax=highest,
        interpolation="antialiased",
    )
    axis.set_facecolor(image.cmap(0))
    axis.set_ylabel("kHz")
    return image


def _draw_spectra(
    axis: "Axes", signals: dict[str, np.ndarray], sample_rate: int, low_rate: int
) -> None:
    lowest, highest = np.inf, -np.inf
    for (name, signal), color in zip(signals.items(), cycle(COLORS)):
        frequencies, level = long_term_spectrum(signal, sample_rate)
        # without 0 Hz, which would stretch the scale
        axis.plot(frequencies[1:] / 1000, level[1:], color=color, label=label(name), linewidth=1)
        lowest, highest = min(lowest, level[1:].min()), max(highest, level[1:].max())
    nyquist = low_rate / 2000
    text = f"low Nyquist, {nyquist:g} kHz"
    axis.axvline(nyquist, color=NYQUIST_COLOR, linestyle="--", label=text)
    axis.set_title("long-term spectrum", loc="left", fontweight="bold")
    axis.set(xlabel="frequency (kHz)", ylabel="dB", xlim=(0, sample_rate / 2000))
    axis.set_ylim(lowest - SPECTRUM_MARGIN_DB, highest + SPECTRUM_MARGIN_DB)
    axis.grid(alpha=0.3)
    axis.legend(loc="upper right", ncols=len(signals) + 1)


def _draw_errors(
    axis: "Axes", signals: dict[str, np.ndarray], windows: dict[str, int], start: int
) -> None:
    original, *others = signals
    for name, color in zip(others, cycle(COLORS[1:])):
        window = windows[name]
        error = error_by_position(signals[original], signals[name], window, start)
        deviation = 100 * (error / (np.nanmean(error) or 1) - 1)
        place = 100 * np.arange(window) / window
        axis.plot(place, deviation, color=color, label=label(name), linewidth=1)
    axis.set_title(
        "mean absolute error by position in the network's window, deviation from its mean",
        loc="left",
        fontweight="bold",
    )
    axis.set(xlabel="position in the window (%)", ylabel="%", xlim=(0, 100))
    axis.grid(alpha=0.3)
    lowest, highest = axis.get_ylim()
    axis.set_ylim(min(lowest, -MIN_ERROR_RANGE), max(highest, MIN_ERROR_RANGE))
    axis.legend(loc="lower right", ncols=len(signals))


def error_by_position(
    reference: np.ndarray, estimate: np.ndarray, window: int, offset: int = 0
) -> np.ndarray:
    """Compute the mean absolute error at each position of the network's window.

    A peak at one position is a fault at the boundaries of the windows.

    Parameters
    ----------
    reference, estimate : np.ndarray, shape (frames, channels), int16
        The two signals, in LSB.
    window : int
        Samples from one window to the next.
    offset : int
        Position of the first sample in its window.

    Returns
    -------
    np.ndarray, shape (window,), float64
        LSB; NaN at positions without a sample.
    """
    position = (np.arange(len(reference)) + offset) % window
    counts = np.bincount(position, minlength=window).astype(np.float64)
    counts[counts == 0] = np.nan
    sums = [
        np.bincount(position, np.abs(x - y), minlength=window)
        for x, y in channel_pairs(reference, estimate)
    ]
    return np.mean(sums, axis=0) / counts


def plot_log(csv_path: Path, png_path: Path) -> None:
    """Draw the training curve: training and validation loss by epoch.

    Parameters
    ----------
    csv_path : Path
        Keras' CSVLogger file, with the columns epoch, loss and val_loss.
    png_path : Path

    Raises
    ------
    UserError
        If the file lacks those columns or has no row.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    epochs, losses = _read_log(csv_path)
    figure = Figure((8, 4.5), DPI, layout="constrained")
    axis = figure.subplots()
    axis.plot(epochs, losses["loss"], ".-", color=COLORS[1], label="training")
    axis.plot(epochs, losses["val_loss"], ".-", color=COLORS[2], label="validation")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set(xlabel="epoch", ylabel="loss")
    axis.grid(alpha=0.3)
    axis.legend()
    save(figure, png_path)


def _read_log(path: Path) -> tuple[list[int], dict[str, list[float]]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    try:
        # this file counts epochs from 0, the program from 1
        epochs = [int(row["epoch"]) + 1 for row in rows]
        losses = {name: [float(row[name]) for row in rows] for name in ("loss", "val_loss")}
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} is not a training log ({error})") from error
    if not epochs:
        raise UserError(f"{path} is not a training log (it has no epoch)")
    return epochs, losses


def save(figure: "Figure", path: Path) -> None:
    """Write a figure as a PNG, complete or not at all."""
    with replacing(path) as part:
        figure.savefig(part, format="png", dpi=DPI)
