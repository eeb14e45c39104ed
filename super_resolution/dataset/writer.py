"""Write the dataset of scanned tracks: their windows, as `windows.kinds` says.

Each track is read once, in blocks, its channels together. The windows of each channel are
consecutive in the files and in time order.
"""

from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path

from super_resolution.dataset import windows
from super_resolution.dataset.arrays import ShardedArray
from super_resolution.dataset.reader import (
    SPLITS,
    VALIDATION_SHARE,
    Dataset,
    Run,
    load_dataset,
)
from super_resolution.errors import UsageError, UserError
from super_resolution.files import replacing_folder, write_json
from super_resolution.network.grid import Grid
from super_resolution.network.presets import Preset
from super_resolution.progress import MusicBar
from super_resolution.tracks.track import LEARN_SHARE, Track, check_wav, learn_end


def write_dataset(
    folder: Path, tracks: list[Track], preset: Preset, holdout: Collection[str] = ()
) -> Dataset:
    """Write the dataset of some tracks; an old one is replaced when the new one is complete.

    Parameters
    ----------
    folder : Path
    tracks : list of Track
        All of one low rate, downsampled in one way.
    preset : Preset
        Its network, window and segment are used; all of it is written to `dataset.json`.
    holdout : collection of str
        Names of tracks that are for validation as a whole; then no other track is.

    Raises
    ------
    UsageError
        If the tracks differ in low rate or downsampling, or the preset does not take the rate.
    UserError
        If a track is too short or has WAVs that do not fit its `track.json`, or another run is
        writing the dataset.
    """
    low_rate, downsample = _common_form(tracks)
    for track in tracks:
        check_wav(track, track.original)
        check_wav(track, track.low)
    grid = Grid.of(preset.network, tracks[0].ratio)
    runs = lay_out(tracks, preset, holdout)
    with replacing_folder(folder) as part:
        arrays = {
            name: ShardedArray.create(part, name, runs[-1].end, *kind)
            for name, kind in windows.kinds(preset, grid).items()
        }
        total = sum(track.info.frames for track in tracks)
        rate = tracks[0].info.sample_rate
        with MusicBar("dataset", total / rate) as progress:
            for track in tracks:
                own = [run for run in runs if run.track == track.name]
                for share in _write_track(track, own, preset, arrays):
                    progress.update(share * track.info.frames / rate)
        # a power cut must not leave dataset.json beside empty arrays
        for array in arrays.values():
            array.sync()
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
        try:
            lay_out([track], preset)
        except UserError:
            continue
        usable.append(track)
    return usable


def lay_out(tracks: list[Track], preset: Preset, holdout: Collection[str] = ()) -> list[Run]:
    """Lay out the windows of each channel one after the other, and split them.

    Parameters are those of `write_dataset`.

    Raises
    ------
    UserError
        If a track is too short for a segment for training and one for validation.
    """
    runs, first = [], 0
    for track in tracks:
        train_end, validation_end, end = _splits(track, preset, holdout)
        for channel in range(windows.channels_of(track, preset)):
            ends = (first + train_end, first + validation_end, first + end)
            runs.append(Run(track.name, channel, first, *ends))
            first += end
    return runs


def _splits(track: Track, preset: Preset, holdout: Collection[str]) -> tuple[int, int, int]:
    # the windows at which training, validation and the whole end
    grid, segment = Grid.of(preset.network, track.ratio), preset.training.segment
    frames = grid.samples_of_steps(grid.whole_steps(preset.training.window))
    # the low version may end up to a sample before the original
    end = min(track.info.frames, int(track.info.low_frames * grid.ratio)) // frames
    # a window belongs to a split only if it ends inside it
    validation_end = min(learn_end(track) // frames, end)
    train_end = validation_end - max(segment, int(validation_end * VALIDATION_SHARE))
    if train_end < segment:
        seconds = (2 * segment + 1) * frames / float(LEARN_SHARE) / track.info.sample_rate
        raise UserError(f"{track.name} is too short: this preset needs {seconds:.1f} s of music")
    if track.name in holdout:
        return 0, end, end
    return (validation_end if holdout else train_end), validation_end, end


def _common_form(tracks: list[Track]) -> tuple[int, str]:
    forms = {(track.info.low_rate, track.info.downsample) for track in tracks}
    if len(forms) > 1:
        listed = ", ".join(f"{t.name}: {t.info.low_rate} Hz {t.info.downsample}" for t in tracks)
        raise UsageError(
            f"these tracks differ in low rate or downsampling ({listed}): choose tracks of one "
            f"kind, or scan them again"
        )
    return forms.pop()


def _write_track(
    track: Track, runs: list[Run], preset: Preset, arrays: dict[str, ShardedArray]
) -> Iterator[float]:
    # yields the share of the track that each block is
    done, count = 0, runs[0].end - runs[0].first
    for rows in windows.rows(track, preset, count):
        for name, values in rows.items():
            for run, channel in zip(runs, values, strict=True):
                arrays[name].write(run.first + done, channel)
        done += values.shape[1]
        yield values.shape[1] / count


def describe_dataset(dataset: Dataset) -> str:
    """Describe a dataset in one line."""
    counts = ", ".join(f"{dataset.count(split):,} {split}" for split in SPLITS)
    size = sum(array.nbytes for array in dataset.arrays.values()) / 1e6
    steps = dataset.grid.whole_steps(dataset.preset.training.window)
    return f"preset {dataset.preset.name}: windows of {steps} steps ({counts}), {size:.0f} MB"
