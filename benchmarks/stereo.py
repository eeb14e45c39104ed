"""Whether the stereo image is kept: middle and side through the network, or left and right.

    python3 benchmarks/stereo.py                    every stereo track in data/
    python3 benchmarks/stereo.py TRACK TRACK --model NAME

Of the last 20 % of each track, between the low Nyquist frequency and 16 kHz, in pieces of
50 ms weighted by their power: the correlation of the two channels (1 where a sound is in the
middle, 0 where it is wide), and how far their balance lies from the original's, in dB.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfiltfilt

sys.path.insert(0, str(Path(__file__).parent.parent))

from rows import table
from trials import upsampled

from super_resolution import cli, errors
from super_resolution.audio.pcm import ROUNDING_POWER
from super_resolution.engines.base import Engine
from super_resolution.engines.choose import load_engine
from super_resolution.evaluation.methods import common_end, read_part
from super_resolution.network import saved_model
from super_resolution.network.saved_model import Model
from super_resolution.tracks.track import Track, find_tracks, learn_end

PIECE = 0.05  # seconds
HIGHEST = 16000.0  # Hz: above it many songs are empty
MOST = 30.0  # seconds of a track
HEAD = ("track", "correlation", "left, right", "middle, side", "balance: left, right", "m., s.")


def image(signal: np.ndarray, track: Track) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give correlation, balance in dB and power of each piece of a stereo signal."""
    rate, edge = track.info.sample_rate, track.info.low_rate / 2
    band = butter(8, [edge * 1.03, HIGHEST], "bandpass", fs=rate, output="sos")
    treble, size = sosfiltfilt(band, signal.astype(float), axis=0), round(PIECE * rate)
    pieces = treble[: len(treble) // size * size].reshape(-1, size, 2)
    power = np.mean(pieces**2, axis=1) + ROUNDING_POWER
    together = np.mean(pieces.prod(axis=2), axis=1)
    correlation = together / np.sqrt(power.prod(axis=1))
    return correlation, 10 * np.log10(power[:, 0] / power[:, 1]), power.sum(axis=1)


def row(track: Track, engine: Engine, model: Model) -> list[float]:
    """Measure a track: the numbers of `HEAD`."""
    start, end = learn_end(track), common_end(track)
    end = min(end, start + round(MOST * track.info.sample_rate))
    correlation, balance, power = image(read_part(track.original, start, end), track)
    found = [[np.average(correlation, weights=power)], []]
    for mid_side in (False, True):
        way = replace(model, preset=replace(model.preset, mid_side=mid_side))
        given = image(upsampled(track, start, end, engine, way), track)
        found[0].append(np.average(given[0], weights=given[2]))
        found[1].append(np.average(np.abs(given[1] - balance), weights=power))
    return found[0] + found[1]


def measure(args: argparse.Namespace) -> None:
    """Print a row a track, and their mean distance from the original."""
    folder = saved_model.find(args.models, args.model)
    model = saved_model.load(folder)
    engine = load_engine(folder, model)
    chosen = [t for t in find_tracks(args.tracks, data=args.data) if t.info.channels == 2]
    if not chosen:
        raise errors.UserError("no stereo track: scan a stereo song first")
    rows = {track.name: row(track, engine, model) for track in chosen}
    numbers = np.array(list(rows.values()))
    away = np.mean(np.abs(numbers[:, 1:3] - numbers[:, :1]), axis=0)
    means = ["", *(f"{number:.2f} off" for number in away), *np.mean(numbers[:, 3:], axis=0)]
    lines = [*rows.items(), ("mean", means)]
    print(table(HEAD, [(name, *map(_cell, values)) for name, values in lines]))


def _cell(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.2f}"


def main() -> int:
    """Print the table; returns the exit code."""
    parser = cli.parser(__doc__)
    cli.add_models_folder(parser)
    parser.add_argument("tracks", nargs="*", metavar="TRACK", help="names in data/ (all)")
    parser.add_argument(
        "--model", default=saved_model.SHIPPED, help=f"which ({saved_model.SHIPPED})"
    )
    args = parser.parse_args()
    return errors.run(lambda: measure(args), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
