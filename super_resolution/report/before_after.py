"""The picture beside an upsampled file: its spectrogram before and after."""

from pathlib import Path

from matplotlib.figure import Figure

from super_resolution.audio.blocks import resample_blocks
from super_resolution.audio.decoding import open_audio
from super_resolution.report import figures, spectrograms

HEIGHT = 6.5  # inches


def draw_beside(source: Path, result: Path, only_missing: bool) -> Path | None:
    """Draw the picture beside a result, and give its path; None if it is there already.

    Parameters
    ----------
    source, result : Path
        As for `draw`.
    only_missing : bool
        Keep a picture that is there.
    """
    png = result.with_suffix(".png")
    if only_missing and png.exists():
        return None
    draw(source, result, png)
    return png


def draw(source: Path, result: Path, png: Path) -> None:
    """Draw the spectrograms of a file and of what was made of it, whole, on one scale.

    Parameters
    ----------
    source, result : Path
        Audio files.
    png : Path
        The picture, which is replaced.
    """
    figure = Figure((figures.FIGURE_WIDTH / figures.DPI, HEIGHT), figures.DPI, layout="constrained")
    axes = figure.subplots(2, 1, sharex=True, sharey=True)
    after = open_audio(result)
    frames, rate = after.frames or 0, after.sample_rate
    for axis, title, path in zip(axes, ("before", "after"), (source, result), strict=True):
        file = open_audio(path)
        # at one rate the frames of both are equally long, and the level of noise is the same
        blocks = resample_blocks(
            file.blocks(), orig_sr=file.sample_rate, target_sr=rate, channels=file.channels
        )
        levels = spectrograms.spectrogram_of_blocks(blocks, frames, file.channels)
        image = figures.draw_levels(axis, levels, (0, frames / rate), rate)
        axis.set_title(figures.label(f"{title}: {path.name}"), loc="left", fontweight="bold")
    axes[1].set_xlabel("time (s)")
    figure.colorbar(image, ax=axes, label="level (dB)", pad=0.01, aspect=40, extend="both")
    figures.save(figure, png)
