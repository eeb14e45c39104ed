"""Songs with a cut-off against their originals: as they are, replaced, and kept below it.

    python3 benchmarks/cutoffs.py                              every track in data/
    python3 benchmarks/cutoffs.py TRACK TRACK --visqol --each
    python3 benchmarks/cutoffs.py --models kept --fold 'fold-1=a*,b*' --fold 'fold-2=*'

Some seconds from the middle of the last 20 % of each track are limited by soxr to 11, 13 and
16 kHz, and encoded as mp3 and AAC at 64, 96 and 128 kb/s. Each `--fold` says which model
upsamples the tracks that its patterns name, the first that fits counts; all others take `--model`.
"""

import argparse
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream

sys.path.insert(0, str(Path(__file__).parent.parent))

from tables import table
from tqdm import tqdm

from super_resolution import cli, errors
from super_resolution.audio.blocks import resample
from super_resolution.audio.decoding import open_audio
from super_resolution.audio.pcm import FULL_SCALE, to_int16
from super_resolution.evaluation.cutoffs import FILE, UPSAMPLED, compare
from super_resolution.evaluation.evaluate import Results
from super_resolution.evaluation.methods import read_part
from super_resolution.network.presets import SHIPPED
from super_resolution.tracks.track import LOW_RATE, Track, find_tracks, learn_end
from super_resolution.upsampling.upsampler import Upsampler

CUTOFFS = (11000, 13000, 16000)  # Hz
CODECS = {"mp3": ("libmp3lame", "mp3"), "AAC": ("aac", "m4a")}  # encoder, container
BIT_RATES = (64, 96, 128)  # kb/s
# the label of each metric, and 1 if the highest value is the best
COLUMNS = {
    "lsd": ("LSD", -1),
    "visqol": ("ViSQOL", 1),
    "envelope": ("envelope (dB)", -1),
    "snr": ("SNR (dB)", 1),
}


def limited_versions(original: np.ndarray, rate: int) -> dict[str, tuple[np.ndarray, int]]:
    """Give the limited versions of a song, int16 or float in [-1, 1], and their rates."""
    versions = {}
    for hertz in CUTOFFS:
        limited = to_int16(resample(original, orig_sr=rate, target_sr=2 * hertz))
        versions[f"soxr, {hertz // 1000} kHz"] = limited, 2 * hertz
    for name in CODECS:
        for bit_rate in BIT_RATES:
            versions[f"{name}, {bit_rate} kb/s"] = encoded(original, rate, name, bit_rate), rate
    return versions


def encoded(original: np.ndarray, rate: int, codec: str, bit_rate: int) -> np.ndarray:
    """Encode and decode a song; float32 in [-1, 1]."""
    encoder, ending = CODECS[codec]
    layout = "stereo" if original.shape[1] == 2 else "mono"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"song.{ending}")
        with av.open(str(path), "w") as container:
            stream = cast("AudioStream", container.add_stream(encoder, rate=rate, layout=layout))
            stream.bit_rate, stream.codec_context.format = 1000 * bit_rate, "fltp"
            samples = (original / np.float32(FULL_SCALE)).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(samples, "flt", layout)
            frame.sample_rate, frame.pts = rate, 0
            container.mux([*stream.encode(frame), *stream.encode(None)])
        return np.concatenate(list(open_audio(path).blocks())) / np.float32(FULL_SCALE)


def middle(track: Track, seconds: float) -> np.ndarray:
    """Read the middle of the last 20 % of a track, int16 (frames, channels)."""
    start, end = learn_end(track), track.info.frames
    frames = min(round(seconds * track.info.sample_rate), end - start)
    first = (start + end - frames) // 2
    return read_part(track.original, first, first + frames)


def measure(track: Track, upsampler: Upsampler, args: argparse.Namespace) -> dict[str, Results]:
    """Give the metrics of each version of a track, as it is and upsampled."""
    original, rate = middle(track, args.seconds), track.info.sample_rate
    versions = limited_versions(original, rate)
    return {
        name: compare(
            original,
            limited,
            upsampler,
            sample_rate=rate,
            limited_rate=limited_rate,
            low_rate=LOW_RATE if limited_rate == rate else None,
            visqol=args.visqol,
        )
        for name, (limited, limited_rate) in tqdm(
            versions.items(), desc=track.name, disable=None, leave=False
        )
    }


def upsampler_of(track: Track, args: argparse.Namespace) -> Upsampler:
    """Load the model that a track is upsampled with."""
    for fold in args.fold:
        name, _, patterns = fold.partition("=")
        if any(fnmatch(track.name, pattern) for pattern in patterns.split(",")):
            return Upsampler.from_pretrained(name, models=args.models, threads=args.threads)
    return Upsampler.from_pretrained(args.model, models=args.models, threads=args.threads)


def print_table(title: str, results: list[dict[str, Results]], *, visqol: bool) -> None:
    """Print a row for each version and metric: its mean over results, by method.

    The last two columns are the worst of all results: what the last method gains on the file
    as it is, and on replacing.
    """
    *others, best = methods = (FILE, *UPSAMPLED)
    rows = []
    for version in results[0]:
        for key, (label, sign) in COLUMNS.items():
            if key == "visqol" and not visqol:
                continue
            values = {m: np.array([result[version][m][key] for result in results]) for m in methods}
            cells = [np.nanmean(values[method]) for method in methods]
            cells += [np.nanmin(sign * (values[best] - values[other])) for other in others[:2]]
            rows.append([f"{version}: {label}", *(f"{cell:.2f}" for cell in cells)])
    head = [title, *methods, *(f"least gain on {other}" for other in others[:2])]
    print(table(head, rows), flush=True)


def run(args: argparse.Namespace) -> None:
    """Print the table of the means, and with `--each` of every track."""
    results: list[dict[str, Results]] = []
    for track in find_tracks(args.tracks, data=args.data):
        results.append(measure(track, upsampler_of(track, args), args))
        if args.each:
            print_table(track.name, results[-1:], visqol=args.visqol)
    print_table(f"mean of {len(results)}", results, visqol=args.visqol)


def main() -> int:
    """Print the table; returns the exit code."""
    parser = cli.make_parser(__doc__)
    cli.add_models_folder(parser)
    add = parser.add_argument
    add("tracks", nargs="*", metavar="TRACK", help="tracks in data/ (all)")
    add("--model", default=SHIPPED, metavar="NAME", help=f"which ({SHIPPED})")
    add("--fold", action="append", default=[], metavar="NAME=PATTERNS", help="tracks of a model")
    add("--seconds", type=cli.positive, default=10.0, help="of each track (10)")
    add("--visqol", action="store_true", help="add ViSQOL, which takes minutes")
    add("--each", action="store_true", help="also print the figures of each track")
    add("--threads", type=cli.threads, help="CPU threads (one for each core)")
    args = parser.parse_args()
    return errors.run(lambda: run(args), debug=args.debug)


if __name__ == "__main__":
    sys.exit(main())
