"""Write the dataset of scanned tracks: windows of bits, of the original and of the base.

Each track is read once, in blocks, both channels together. The windows of each channel are
consecutive in the files and in time order.
"""

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from super_resolution.audio.blocks import FrameReader, resample_blocks
from super_resolution.audio.decoding import open_audio
from super_resolution.audio.wav import read_wav16
from super_resolution.dataset.reader import (
    ARRAYS,
    SPLITS,
    VALIDATION_SHARE,
    Dataset,
    Run,
    load_dataset,
)
from super_resolution.errors import UsageError, UserError
from super_resolution.files import replacing_folder, write_json
from super_resolution.network import bits
from super_resolution.network.config import MAX_WINDOW, Preset
from super_resolution.network.grid import Grid
from super_resolution.progress import MusicBar
from super_resolution.tracks.track import LEARN_SHARE, Track, check_wav, learn_end

BLOCK_STEPS = 1 << 17  # steps of each channel written at once


def write_dataset(folder: Path, tracks: list[Track], preset: Preset) -> Dataset:
    """Write the dataset of some tracks; an old one is replaced when the new one is complete.

    Parameters
    ----------
    folder : Path
    tracks : list of Track
        All of one low rate, downsampled in one way.
    preset : Preset
        Its grid, window and segment are used; all of it is written to `dataset.json`.

    Raises
    ------
    UserError
        If the tracks differ in low rate or downsampling, one is too short or has WAVs that do
        not fit its `track.json`, or another run is writing the dataset.
    """
    low_rate, downsample = _common_form(tracks)
    for track in tracks:
        check_wav(track, track.original)
        check_wav(track, track.low)
    grid = Grid.of(preset.network, tracks[0].ratio)
    steps = grid.whole_steps(preset.training.window)
    if grid.step_multiple > MAX_WINDOW:
        raise UsageError(
            f"the ratio of {tracks[0].info.sample_rate} Hz to {low_rate} Hz needs windows of "
            f"{grid.step_multiple} steps, and preset {preset.name} allows {MAX_WINDOW}: scan "
            f"again with a rounder --low-rate"
        )
    runs = lay_out(tracks, grid, steps, preset.training.segment)
    with replacing_folder(folder) as part:
        arrays = _allocate(part, runs[-1].end, steps, grid.samples_of_steps(steps))
        total = sum(track.info.frames for track in tracks)
        rate = tracks[0].info.sample_rate
        with MusicBar("dataset", total / rate) as progress:
            for track in tracks:
                own = [run for run in runs if run.track == track.name]
                for frames in _write_track(track, own, grid, *arrays):
                    progress.update(frames / rate)
        for array in arrays:
            array.flush()
        content = {
            "preset": asdict(preset),
            "sample_rate": tracks[0].info.sample_rate,
            "low_rate": low_rate,
            "downsample": downsample,
            "tracks": [track.metadata for track in tracks],
            "runs": [asdict(run) for run in runs],
        }
        write_json(part / "dataset.json", content)
    return load_dataset(folder)


def long_enough(tracks: list[Track], preset: Preset) -> list[Track]:
    """Give the tracks that have at least a segment for training and one for validation."""
    usable = []
    for track in tracks:
        grid = Grid.of(preset.network, track.ratio)
        try:
            lay_out(
                [track], grid, grid.whole_steps(preset.training.window), preset.training.segment
            )
        except UserError:
            continue
        usable.append(track)
    return usable


def lay_out(tracks: list[Track], grid: Grid, steps: int, segment: int) -> list[Run]:
    """Lay out the windows of each channel one after the other, and split them by time.

    Parameters
    ----------
    tracks : list of Track
    grid : Grid
    steps : int
        Steps of a window.
    segment : int
        Windows in a segment.

    Raises
    ------
    UserError
        If a track is too short for a segment for training and one for validation.
    """
    frames = grid.samples_of_steps(steps)
    runs, first = [], 0
    for track in tracks:
        # the low version may end up to a sample before the original
        usable = min(track.info.frames, int(track.info.low_frames * grid.ratio)) // frames
        # a window belongs to a split only if it ends inside it
        validation_end = min(learn_end(track) // frames, usable)
        train_end = validation_end - max(segment, int(validation_end * VALIDATION_SHARE))
        if train_end < segment:
            seconds = (2 * segment + 1) * frames / float(LEARN_SHARE) / track.info.sample_rate
            raise UserError(
                f"{track.name} is too short: this preset needs {seconds:.1f} s of music"
            )
        for channel in range(track.info.channels):
            ends = (first + train_end, first + validation_end, first + usable)
            runs.append(Run(track.name, channel, first, *ends))
            first += usable
    return runs


def _common_form(tracks: list[Track]) -> tuple[int, str]:
    forms = {(track.info.low_rate, track.info.downsample) for track in tracks}
    if len(forms) > 1:
        listed = ", ".join(f"{t.name}: {t.info.low_rate} Hz {t.info.downsample}" for t in tracks)
        raise UsageError(
            f"these tracks differ in low rate or downsampling ({listed}): choose tracks of one "
            f"kind, or scan them again"
        )
    return forms.pop()


def _allocate(folder: Path, windows: int, steps: int, frames: int) -> list[np.memmap]:
    kinds = {
        "bits": (np.uint8, (windows, steps, bits.PACKED_BYTES)),
        "target": (np.int16, (windows, frames)),
        "base": (np.float32, (windows, frames)),
    }
    arrays = [
        np.lib.format.open_memmap(folder / f"{name}.npy", "w+", *kinds[name]) for name in ARRAYS
    ]
    # reserve the space: on a full disk, writing to a mapped file would kill the process
    for name in ARRAYS:
        with (folder / f"{name}.npy").open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
    return arrays


def _write_track(
    track: Track,
    runs: list[Run],
    grid: Grid,
    packed: np.ndarray,
    target: np.ndarray,
    base: np.ndarray,
) -> Iterator[int]:
    # writes the windows of `runs`, one run for each channel; yields the frames of each block
    steps, frames = packed.shape[1], target.shape[1]
    windows = runs[0].end - runs[0].first
    low_blocks = open_audio(track.low).blocks()
    resampled = FrameReader(
        resample_blocks(
            low_blocks,
            orig_sr=track.info.low_rate,
            target_sr=track.info.sample_rate,
            channels=track.info.channels,
        )
    )
    for done in range(0, windows, max(1, BLOCK_STEPS // steps)):
        count = min(max(1, BLOCK_STEPS // steps), windows - done)
        low = _low_of_steps(track, grid, done * steps, count * steps)
        high = read_wav16(track.original, done * frames, count * frames)
        interpolated = resampled.read(count * frames)
        for channel, run in enumerate(runs):
            rows = slice(run.first + done, run.first + done + count)
            packed[rows] = bits.pack(low[:, channel]).reshape(count, steps, -1)
            target[rows] = high[:, channel].reshape(count, frames)
            base[rows] = interpolated[:, channel].reshape(count, frames)
        yield count * frames


def _low_of_steps(track: Track, grid: Grid, start: int, count: int) -> np.ndarray:
    # (count, channels): the low sample that each step sees
    index = grid.low_index(np.arange(start, start + count))
    return read_wav16(track.low, index[0], index[-1] + 1 - index[0])[index - index[0]]


def describe_dataset(dataset: Dataset) -> str:
    """Describe a dataset in one line."""
    steps, frames = dataset.bits.shape[1], dataset.target.shape[1]
    counts = ", ".join(f"{dataset.windows(split):,} {split}" for split in SPLITS)
    size = sum(getattr(dataset, name).nbytes for name in ARRAYS) / 1e6
    return (
        f"preset {dataset.preset.name}, grid {dataset.preset.network.grid}: windows of {steps} "
        f"steps and {frames} samples ({counts}), {size:.0f} MB"
    )
