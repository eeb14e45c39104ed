"""Damaged files: each is read in a process of its own, with bounds of memory and time."""

import json
import os
import random
import resource
import shutil
import signal
import traceback
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from super_resolution.audio.decoding import open_audio
from super_resolution.errors import UserError

MEMORY = 1 << 30  # bytes more than the process has
SECONDS = 20
RATE = 48000  # the only one of opus
# name, encoder, layout; the ending is the container
FORMATS = (
    ("a.wav", "pcm_s16le", "stereo"),
    ("b.wav", "pcm_f32le", "stereo"),
    ("c.wav", "adpcm_ms", "stereo"),
    ("a.aiff", "pcm_s16be", "stereo"),
    ("a.au", "pcm_s16be", "stereo"),
    ("a.caf", "pcm_s24le", "stereo"),
    ("a.w64", "pcm_s16le", "stereo"),
    ("a.flac", "flac", "5.1"),
    ("a.mp3", "libmp3lame", "stereo"),
    ("a.m4a", "aac", "stereo"),
    ("b.m4a", "alac", "stereo"),
    ("a.aac", "aac", "stereo"),
    ("a.ogg", "vorbis", "stereo"),
    ("a.opus", "libopus", "stereo"),
    ("a.webm", "libopus", "stereo"),
    ("a.mka", "ac3", "5.1"),
    ("a.ts", "mp2", "stereo"),
    ("a.ac3", "ac3", "5.1"),
    ("a.wv", "wavpack", "stereo"),
    ("a.tta", "tta", "stereo"),
    ("a.wma", "wmav2", "stereo"),
    ("a.avi", "mp2", "stereo"),
    ("a.flv", "libmp3lame", "stereo"),
)
HOSTILE: tuple = (
    0, -1, 1, 2**31, 2**63, 10**400, 0.5, 1e308, float("nan"), float("inf"), "", "a", "../a",
    "\x1b[2J", "\ud800", "x" * 100_000, None, True, [], {}, [[[]]], {"a": {}}, [0] * 1000,
)  # fmt: skip


def encode(path: Path, codec: str, layout: str) -> None:
    """Write half a second of noise with one of FFmpeg's encoders."""
    import av

    channels = av.AudioLayout(layout).nb_channels
    signal_ = np.random.default_rng(0).uniform(-0.3, 0.3, (RATE // 2, channels))
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(
            codec, rate=RATE, layout=layout, options={"strict": "-2"}
        )
        formats = [one.name for one in stream.codec_context.codec.audio_formats]
        wide = next((name for name in ("s16", "s16p") if name in formats), formats[0])
        stream.codec_context.format = wide
        stream.bit_rate = 128_000
        frame = av.AudioFrame.from_ndarray(signal_.astype(np.float32).reshape(1, -1), "flt", layout)
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), 0
        container.mux([*stream.encode(frame), *stream.encode(None)])


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Change, cut, repeat or leave out parts of a file."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        # headers decide more than samples
        end = rng.choice((64, 512, len(data)))
        at = rng.randrange(max(1, min(end, len(data))))
        length = rng.choice((1, 2, 4, 100, 5000))
        match rng.randrange(6):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                data[at : at + 4] = rng.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
            case 2:
                data[at : at + length] = rng.randbytes(length)
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + length]
            case _:
                del data[rng.randrange(len(data) + 1) :]
    return bytes(data)


def damaged_json(data: bytes, rng: random.Random) -> bytes:
    """Replace values anywhere in a JSON object, or damage its bytes."""
    if rng.random() < 0.3:
        return damaged(data, rng)
    content = json.loads(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        node, key = content, None
        while isinstance(node, dict | list) and node:
            parent = node
            key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
            node = parent[key]
            if rng.random() < 0.2:
                break
        if key is not None:
            parent[key] = rng.choice(HOSTILE)
    return json.dumps(content).encode("utf-8", "surrogatepass")


def outcome(read: Callable[[], None]) -> str:
    """Call `read` in a process of its own; returns `read`, `refused`, or what went wrong."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(SECONDS)
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        code = 2
        try:
            read()
            code = 0
        except (UserError, OSError):
            code = 1
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return "took too long" if name == "SIGALRM" else f"died of {name}"
    return ("read", "refused", "traceback")[os.WEXITSTATUS(status)]


def decode(path: Path) -> None:
    """Read an audio file to its end."""
    audio = open_audio(path)
    for block in audio.blocks():
        if block.shape[1] != audio.channels or not np.isfinite(block).all():
            raise AssertionError(f"a block of shape {block.shape}")


def targets(folder: Path) -> dict[str, tuple[Callable, Callable]]:
    """Give, by path, how each file is damaged and what reads it; writes the files."""
    import crash_steps

    from super_resolution.dataset.reader import load_dataset
    from super_resolution.network import saved_model
    from super_resolution.tracks.track import check_wav, load_track

    def read_track(path: Path) -> None:
        track = load_track(path.parent)
        check_wav(track, track.low)
        check_wav(track, track.original)

    def read_dataset(path: Path) -> None:
        dataset = load_dataset(path.parent)
        for split in ("train", "validation", "test"):
            dataset.read(dataset.segments(split, 2)[:4], 2)

    def read_model(path: Path) -> None:
        model = saved_model.load(path.parent)
        saved_model.load_weights(path.parent, model)

    crash_steps.make_workspace(folder)
    shutil.copytree(saved_model.PRETRAINED / "hifi-15k-44k", folder / "model")
    dataset = "train/data/_dataset"
    chosen: dict[str, tuple[Callable, Callable]] = {
        "data/a/track.json": (damaged_json, read_track),
        "data/a/low.wav": (damaged, read_track),
        f"{dataset}/dataset.json": (damaged_json, read_dataset),
        "model/model.safetensors": (damaged, read_model),
    }
    for name in ("features-000", "envelope-000"):
        chosen[f"{dataset}/{name}.npy"] = (damaged, read_dataset)
    for name, codec, layout in FORMATS:
        try:
            encode(folder / name, codec, layout)
        except (ValueError, OSError) as error:
            print(f"{name}: no encoder ({error})")
            continue
        chosen[name] = (damaged, decode)
    return chosen


def fuzz(folder: Path, count: int, seed: int) -> None:
    """Damage each file again and again, and read it.

    Prints a line for each file that was neither read nor refused, and keeps it in /tmp.
    """
    rng = random.Random(seed)
    outcomes: Counter[str] = Counter()
    chosen = targets(folder)
    whole = {name: (folder / name).read_bytes() for name in chosen}
    for number in range(count):
        name = list(chosen)[number % len(chosen)]
        change, read = chosen[name]
        path = folder / name
        path.write_bytes(change(whole[name], rng))
        result = outcome(partial(read, path))
        outcomes[result] += 1
        if result not in ("read", "refused"):
            kept = Path("/tmp") / f"crash-{seed}-{number}-{path.name}"
            shutil.copy(path, kept)
            print(f"{name} {result}: {kept}", flush=True)
        path.write_bytes(whole[name])
    told = ", ".join(f"{number} {result}" for result, number in sorted(outcomes.items()))
    print(f"damaged files: {count}: {told}", flush=True)
