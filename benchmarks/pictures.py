"""Draw spectrograms of tracks: the original, soxr, and a network, on the last 20 %.

python3 benchmarks/pictures.py trumpet piano --models folds --model fold-3 -o picture.png
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from experiments import upsample_part

from super_resolution import cli, errors
from super_resolution.evaluation.methods import common_end, methods_of_part, read_part
from super_resolution.network.presets import SHIPPED
from super_resolution.tracks.track import Track, find_tracks, learn_end
from super_resolution.upsampling.upsampler import Upsampler

SECONDS = 5.0  # at most
ROW_HEIGHT, WIDTH = 2.6, 13.0  # inches
COLUMNS = ("original", "soxr", "network")


def signals_of(track: Track, upsampler: Upsampler) -> list[np.ndarray]:
    """Give what each column shows of a track, int16, shape (frames, channels)."""
    start, end = learn_end(track), common_end(track)
    end = min(end, start + int(SECONDS * track.info.sample_rate))
    soxr = methods_of_part(track, start, end)["soxr"]()
    return [
        read_part(track.original, start, end),
        soxr,
        upsample_part(upsampler, track, start, end),
    ]


def draw(tracks: list[Track], upsamplers: list[Upsampler], png: Path) -> None:
    """Draw a row for each track."""
    from matplotlib.figure import Figure

    from super_resolution.report import figures, spectrograms

    size = (WIDTH, ROW_HEIGHT * len(tracks))
    figure = Figure(size, figures.DPI, layout="constrained")
    rows = figure.subplots(len(tracks), len(COLUMNS), sharey=True, squeeze=False)
    for row, track, upsampler in zip(rows, tracks, upsamplers, strict=True):
        for axis, name, signal in zip(row, COLUMNS, signals_of(track, upsampler), strict=True):
            seconds, rate = len(signal) / track.info.sample_rate, track.info.sample_rate
            levels = spectrograms.spectrogram(signal)
            image = figures.draw_levels(axis, levels, (0, seconds), rate)
            axis.set_title(f"{track.name}: {name}", loc="left", fontsize=9)
    figure.colorbar(image, ax=rows, label="level (dB)", pad=0.01, aspect=40, extend="both")
    figures.save(figure, png)


def main() -> int:
    """Draw the picture; returns the exit code."""
    parser = cli.make_parser(__doc__)
    add = parser.add_argument
    add("tracks", nargs="+", metavar="TRACK", help="tracks in data/")
    add("--models", type=Path, default=Path("models"), help="folder of the models (models)")
    add("--model", action="append", help=f"for all tracks, or one for each ({SHIPPED})")
    add("-o", "--output", type=Path, default=Path("spectrograms.png"), metavar="PNG")
    args = parser.parse_args()

    def run() -> None:
        tracks, names = find_tracks(args.tracks, data=args.data), args.model or [SHIPPED]
        if len(names) not in (1, len(tracks)):
            raise errors.UsageError("--model is given once, or once for each track")
        each = names * len(tracks) if len(names) == 1 else names
        upsamplers = [Upsampler.from_pretrained(name, models=args.models) for name in each]
        draw(tracks, upsamplers, args.output)

    return errors.run(run, debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
