"""Compare the stereo image after upsampling left and right, and after mid and side.

    python3 benchmarks/stereo.py                    every stereo track in data/
    python3 benchmarks/stereo.py TRACK TRACK --model NAME

Measured on the last 20 % of each track, from the low Nyquist frequency to 16 kHz, in pieces of
50 ms weighted by their power: the correlation of the two channels (1 if the sound is in the
middle, 0 if it is wide), and the error of their balance in dB.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfiltfilt

sys.path.insert(0, str(Path(__file__).parent.parent))

from experiments import upsample_part
from tables import table

from super_resolution import cli, errors
from super_resolution.audio.pcm import ROUNDING_POWER
from super_resolution.evaluation.methods import common_end, read_part
from super_resolution.network.presets import SHIPPED
from super_resolution.tracks.track import Track, find_tracks, learn_end
from super_resolution.upsampling.upsampler import Upsampler

PIECE_SECONDS = 0.05
MAX_HZ = 16000.0  # many songs contain nothing above
MAX_SECONDS = 30.0  # of a track
HEAD = ("track", "correlation", "left, right", "mid, side", "balance off: left, right", "mid, side")


def stereo_image(signal: np.ndarray, track: Track) -> np.ndarray:
    """Give correlation, balance in dB and power of each piece of a stereo signal."""
    rate, nyquist = track.info.sample_rate, track.info.low_rate / 2
    band_pass = butter(8, [nyquist * 1.03, MAX_HZ], "bandpass", fs=rate, output="sos")
    treble, size = sosfiltfilt(band_pass, signal.astype(float), axis=0), round(PIECE_SECONDS * rate)
    pieces = treble[: len(treble) // size * size].reshape(-1, size, 2)
    power = np.mean(pieces**2, axis=1) + ROUNDING_POWER
    correlation = np.mean(pieces.prod(axis=2), axis=1) / np.sqrt(power.prod(axis=1))
    return np.stack([correlation, 10 * np.log10(power[:, 0] / power[:, 1]), power.sum(axis=1)])


def measure(track: Track, upsampler: Upsampler) -> list[float]:
    """Measure a track: the numbers in the columns of `HEAD`."""
    start, preset = learn_end(track), upsampler.model.preset
    end = min(common_end(track), start + round(MAX_SECONDS * track.info.sample_rate))
    signals = [read_part(track.original, start, end)]
    for mid_side in (False, True):
        changed = replace(preset, prediction=replace(preset.prediction, mid_side=mid_side))
        model = replace(upsampler.model, preset=changed)
        variant = Upsampler(upsampler.folder, model, upsampler.engine)
        signals.append(upsample_part(variant, track, start, end))
    # (3 signals, pieces) each
    correlation, balance, power = np.stack([stereo_image(s, track) for s in signals], axis=1)
    errors_db = np.average(np.abs(balance[1:] - balance[0]), axis=1, weights=power[0])
    return [*np.average(correlation, axis=1, weights=power), *errors_db]


def run(args: argparse.Namespace) -> None:
    """Print a row for each track, and the mean errors."""
    upsampler = Upsampler.from_pretrained(args.model, models=args.models)
    tracks = [t for t in find_tracks(args.tracks, data=args.data) if t.info.channels == 2]
    if not tracks:
        raise errors.UserError("no stereo track: scan a stereo song first")
    numbers = np.array([measure(track, upsampler) for track in tracks])
    pairs = zip(tracks, numbers, strict=True)
    rows = [[track.name, *(f"{number:.2f}" for number in row)] for track, row in pairs]
    off = np.mean(np.abs(numbers[:, 1:3] - numbers[:, :1]), axis=0)
    means = [f"{x:.2f} off" for x in off] + [f"{x:.2f}" for x in numbers[:, 3:].mean(axis=0)]
    print(table(HEAD, [*rows, ["mean", "", *means]]))


def main() -> int:
    """Print the table; returns the exit code."""
    parser = cli.make_parser(__doc__)
    cli.add_models_folder(parser)
    parser.add_argument("tracks", nargs="*", metavar="TRACK", help="tracks in data/ (all)")
    parser.add_argument("--model", default=SHIPPED, metavar="NAME", help=f"which ({SHIPPED})")
    args = parser.parse_args()
    return errors.run(lambda: run(args), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
