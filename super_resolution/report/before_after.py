"""The picture beside an upsampled file: its spectrogram before and after."""

from pathlib import Path

from matplotlib.figure import Figure

from super_resolution.audio.decoding import open_audio
from super_resolution.report import figures, spectrograms

HEIGHT = 6.5  # inches


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
    seconds = (after.frames or 0) / after.sample_rate
    for axis, title, path in zip(axes, ("before", "after"), (source, result), strict=True):
        file = open_audio(path)
        levels = spectrograms.spectrogram_of_blocks(
            file.blocks(), round(seconds * file.sample_rate), file.channels
        )
        image = figures.draw_levels(axis, levels, (0, seconds), file.sample_rate)
        axis.set_title(figures.label(f"{title}: {path.name}"), loc="left", fontweight="bold")
    axes[0].set_ylim(0, after.sample_rate / 2000)
    axes[1].set_xlabel("time (s)")
    figure.colorbar(image, ax=axes, label="level (dB)", pad=0.01, aspect=40, extend="both")
    figures.save(figure, png)
