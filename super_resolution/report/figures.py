"""What a table of numbers hides: combs, holes and seams, and the course of a training.

All levels are in dB of a full-scale sine, on one scale for all versions. Colours
are told apart by everyone: the map is magma, the lines are Okabe and Ito's.
"""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from super_resolution.audio.pcm import FULL_SCALE
from super_resolution.errors import UserError
from super_resolution.files import replacing
from super_resolution.report import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
from super_resolution.evaluation.spectral_metrics import (
    channel_pairs,
)

LEVELS = (-120.0, -30.0)  # dB, darkest and brightest in a spectrogram
FLOOR = 1e-16  # of power, so that silence has a level
COLOR_MAP = "magma"
COLORS = {"original": "#000000", "soxr": "#E69F00", "network": "#0072B2"}
NYQUIST_COLOR = "#009E73"
SEAM_SCALE = 10  # percent shown at least
MARGIN = 4  # dB around the lines of the long-term spectrum

DPI = 100
WIDTH = 1200  # pixels
SHOWN_MOST = 30  # seconds in a spectrogram: longer ones show no beats
COLUMNS, ROWS = 1000, 300  # pixels of a spectrogram
POOLED = 2  # bins in a row of pixels: calms noise, and the file becomes smaller
SHADES = 64  # in the listening page's strips: 1.4 dB apart
WELCH_FRAME = 4096  # samples: 10.8 Hz a bin at 44.1 kHz


def spectrogram(samples: np.ndarray, *, columns: int = COLUMNS, rows: int = ROWS) -> np.ndarray:
    """Give the level in every pixel of a spectrogram.

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
        In LSB; channels are averaged by their power.
    columns, rows : int
        Its size: time from the first to the last sample, frequency from half the
        sample rate (first row) to zero.

    Returns
    -------
    ndarray, float32, shape (rows, columns)
        In dB; a sine of full scale has 0.
    """
    from scipy.fft import rfft
    from scipy.signal import get_window

    frame = 2 * rows * POOLED
    window = get_window("hann", frame)
    padded = np.pad(samples.astype(np.float32) / FULL_SCALE, ((frame // 2, frame), (0, 0)))
    starts = np.round((np.arange(columns) + 0.5) * len(samples) / columns).astype(int)
    power = np.zeros((columns, rows * POOLED))
    for channel in padded.T:
        frames = np.lib.stride_tricks.sliding_window_view(channel, frame)[starts]
        # the bin of half the sample rate has no partner to be pooled with
        power += np.abs(rfft(frames * window)[:, :-1]) ** 2 / samples.shape[1]
    pooled = power.reshape(columns, rows, POOLED).mean(axis=2) / (window.sum() / 2) ** 2
    return (10 * np.log10(np.maximum(pooled, FLOOR))).T[::-1].astype(np.float32)


def strip(signal: np.ndarray) -> bytes:
    """Draw a spectrogram without axes or margins.

    Parameters
    ----------
    signal : ndarray, int16, shape (frames, channels)

    Returns
    -------
    bytes
        A PNG of `COLUMNS` x `ROWS` pixels: time from left to right over the whole
        signal, 0 Hz at the bottom to half the sample rate at the top, linear.
    """
    from matplotlib import colormaps
    from PIL import Image

    lowest, highest = LEVELS
    share = (spectrogram(signal) - lowest) / (highest - lowest)
    shades = np.clip(np.rint(share * (SHADES - 1)), 0, SHADES - 1).astype(np.uint8)
    picture = Image.fromarray(shades)
    palette = colormaps[COLOR_MAP](np.linspace(0, 1, SHADES), bytes=True)[:, :3]
    picture.putpalette(palette.tobytes())
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def long_term_spectrum(samples: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Give frequencies in Hz and the mean level at each in dB, channels averaged by power."""
    from scipy.signal import welch

    padded = np.pad(samples, ((0, max(0, WELCH_FRAME - len(samples))), (0, 0)))
    spectra = [
        welch(
            channel / np.float32(FULL_SCALE), sample_rate, "hann", WELCH_FRAME, scaling="spectrum"
        )
        for channel in padded.T
    ]
    power = np.mean([power for _, power in spectra], axis=0) * 2  # a sine of full scale has 1/2
    return spectra[0][0], 10 * np.log10(np.maximum(power, FLOOR))


def comparison(
    signals: dict[str, np.ndarray], *, sample_rate: int, low_rate: int, window: int, start: int
) -> "Figure":
    """Draw versions of a song above one another, then their spectra and their errors.

    Parameters
    ----------
    signals : dict of str to ndarray, int16, shape (frames, channels)
        "original" first, then the others, by their names in `COLORS`.
    sample_rate, low_rate : int
        In Hz.
    window : int
        Samples from one possible seam to the next.
    start : int
        Where in the song the signals begin, in samples.
    """
    from matplotlib.figure import Figure

    heights = [1.9] * len(signals) + [2.6, 1.7]  # inches
    figure = Figure((WIDTH / DPI, sum(heights) + 1.5), DPI, layout="constrained")
    axes = figure.subplots(len(heights), 1, height_ratios=heights)
    maps, (spectrum, error) = axes[:-2], axes[-2:]
    for name, axis in zip(signals, maps, strict=True):
        image = _draw_map(axis, name, signals[name], sample_rate, low_rate, start)
        axis.tick_params(labelbottom=axis is maps[-1])
    maps[-1].set_xlabel("time in the song (s)")
    figure.colorbar(image, ax=maps, label="level (dB)", pad=0.01, aspect=40, extend="both")
    _draw_spectra(spectrum, signals, sample_rate, low_rate)
    _draw_errors(error, signals, window, start)
    return figure


def _draw_map(
    axis: "Axes", name: str, signal: np.ndarray, sample_rate: int, low_rate: int, start: int
):
    shown = signal[: SHOWN_MOST * sample_rate]
    seconds = (start / sample_rate, (start + len(shown)) / sample_rate)
    lowest, highest = LEVELS
    image = axis.imshow(
        spectrogram(shown),
        extent=(*seconds, 0, sample_rate / 2000),
        aspect="auto",
        cmap=COLOR_MAP,
        vmin=lowest,
        vmax=highest,
        interpolation="antialiased",
    )
    axis.axhline(low_rate / 2000, color="white", linestyle="--", linewidth=1)
    axis.set_title(name, loc="left", fontweight="bold")
    axis.set_ylabel("kHz")
    return image


def _draw_spectra(
    axis: "Axes", signals: dict[str, np.ndarray], sample_rate: int, low_rate: int
) -> None:
    lowest, highest = np.inf, -np.inf
    for name, signal in signals.items():
        frequencies, level = long_term_spectrum(signal, sample_rate)
        # 0 Hz has no place in music and would only stretch the scale
        axis.plot(frequencies[1:] / 1000, level[1:], color=COLORS[name], label=name, linewidth=1)
        lowest, highest = min(lowest, level[1:].min()), max(highest, level[1:].max())
    nyquist = low_rate / 2000
    label = f"low Nyquist, {nyquist:g} kHz"
    axis.axvline(nyquist, color=NYQUIST_COLOR, linestyle="--", label=label)
    axis.set_title("long-term spectrum", loc="left", fontweight="bold")
    axis.set(xlabel="frequency (kHz)", ylabel="dB", xlim=(0, sample_rate / 2000))
    axis.set_ylim(lowest - MARGIN, highest + MARGIN)
    axis.grid(alpha=0.3)
    axis.legend(loc="upper right", ncols=len(signals) + 1)


def _draw_errors(axis: "Axes", signals: dict[str, np.ndarray], window: int, start: int) -> None:
    for name in list(signals)[1:]:
        error = figures.error_by_position(signals["original"], signals[name], window, start)
        deviation = 100 * (error / (np.nanmean(error) or 1) - 1)
        axis.plot(np.arange(window), deviation, color=COLORS[name], label=name, linewidth=1)
    axis.set_title(
        "mean absolute error by position in the network's window, against its mean",
        loc="left",
        fontweight="bold",
    )
    axis.set(xlabel="sample of the window", ylabel="%", xlim=(0, window - 1))
    axis.grid(alpha=0.3)
    # no narrower, or chance would look like a seam
    lowest, highest = axis.get_ylim()
    axis.set_ylim(min(lowest, -SEAM_SCALE), max(highest, SEAM_SCALE))
    axis.legend(loc="lower right", ncols=len(signals))


def plot_log(csv_path: Path, png_path: Path) -> None:
    """Draw the course of a training.

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

    with csv_path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    try:
        # epochs are counted from one everywhere but in this file
        epochs = [int(line["epoch"]) + 1 for line in lines]
        losses = {name: [float(line[name]) for line in lines] for name in ("loss", "val_loss")}
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{csv_path} is no log of a training ({error})") from error
    if not epochs:
        raise UserError(f"{csv_path} is no log of a training (it has no epoch)")
    figure = Figure((8, 4.5), DPI, layout="constrained")
    axis = figure.subplots()
    axis.plot(epochs, losses["loss"], ".-", color=COLORS["soxr"], label="training")
    axis.plot(epochs, losses["val_loss"], ".-", color=COLORS["network"], label="validation")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set(xlabel="epoch", ylabel="loss")
    axis.grid(alpha=0.3)
    axis.legend()
    save(figure, png_path)


def save(figure: "Figure", path: Path) -> None:
    """Write a figure as a PNG, whole or not at all."""
    with replacing(path) as part:
        figure.savefig(part, format="png", dpi=DPI)


def error_by_position(
    original: np.ndarray, estimate: np.ndarray, window: int, offset: int = 0
) -> np.ndarray:
    """Mean absolute error at each position of the window, where a seam would show.

    Parameters
    ----------
    original, estimate : np.ndarray, shape (frames, channels), int16
        The two signals, in LSB.
    window : int
        Samples from one seam to the next.
    offset : int
        Position of the first sample in its window.

    Returns
    -------
    np.ndarray, shape (window,), float64
        LSB; NaN at positions that no sample has.
    """
    position = (np.arange(len(original)) + offset) % window
    counts = np.bincount(position, minlength=window).astype(np.float64)
    counts[counts == 0] = np.nan
    sums = [
        np.bincount(position, np.abs(x - y), minlength=window)
        for x, y in channel_pairs(original, estimate)
    ]
    return np.mean(sums, axis=0) / counts
