"""The rows of a dataset against whole signals: bits and samples, features and envelopes."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI, changed, make_track

from super_resolution.audio.blocks import resample
from super_resolution.audio.wav import read_wav16
from super_resolution.dataset import envelopes, windows
from super_resolution.network import bits
from super_resolution.network.grid import Grid
from super_resolution.tracks.track import RATIO, Track, load_track


def rows_of(track: Track, preset, count: int) -> dict[str, np.ndarray]:
    """Give all rows of a track, (channels, count, ...) by name."""
    blocks = list(windows.rows(track, preset, count))
    return {name: np.concatenate([rows[name] for rows in blocks], axis=1) for name in blocks[0]}


def residual_of(track: Track) -> tuple[np.ndarray, np.ndarray]:
    """Give the low version and original - base, (frames, channels), in [-1, 1)."""
    low, original = read_wav16(track.low), read_wav16(track.original)
    base = resample(low, orig_sr=15000, target_sr=44100)
    frames = min(len(base), len(original))
    return low / 32768, (original[:frames] - base[:frames]) / 32768


@pytest.fixture(scope="module")
def track(data) -> Track:
    return load_track(data / "song")


def test_hold_rows_equal_a_loop(track, song):
    low, rows = read_wav16(track.low), rows_of(track, SMALL_FAITHFUL, 2000)
    assert rows["bits"].shape == (2, 2000, 50, 2)
    assert rows["target"].shape == rows["base"].shape == (2, 2000, 50)
    for channel in (0, 1):
        for window in (0, 7, 1999):
            start = window * 50
            expected = [low[n * 50 // 147, channel] for n in range(start, start + 50)]
            assert bits.samples_of(rows["bits"][channel, window]).tolist() == expected
            target = rows["target"][channel, window]
            assert np.array_equal(target, song[start : start + 50, channel])


def test_the_base_is_the_low_version_resampled_by_soxr(track):
    whole = resample(read_wav16(track.low), orig_sr=15000, target_sr=44100)
    base = rows_of(track, SMALL_FAITHFUL, 2000)["base"].reshape(2, -1)
    assert np.array_equal(base, whole[: base.shape[1]].T)


@pytest.mark.parametrize("count", [50, 250])
def test_rows_of_hifi_are_the_envelopes_of_left_middle_and_side(track, count):
    rows = rows_of(track, SMALL_HIFI, count)
    assert rows["features"].shape == (3, count, 108) and rows["features"].dtype == np.float16
    assert rows["envelope"].shape == (3, count, 60) and rows["envelope"].dtype == np.float16
    for channel, (low, residual) in enumerate(zip(*map(mixed, residual_of(track)), strict=True)):
        # without what follows the rows, their end would hear silence
        low, residual = low[: (count + 9) * 150], residual[: (count + 9) * 441]
        features = envelopes.low_features(padded(low, 150))[:count]
        treble = envelopes.treble_envelope(padded(residual, 441))[:count]
        assert np.allclose(rows["features"][channel], features, atol=0.01)
        assert np.allclose(rows["envelope"][channel][:, :40], treble, atol=0.01)


def mixed(signal: np.ndarray) -> list[np.ndarray]:
    left, right = signal.T
    return [left, (left + right) / 2, (left - right) / 2]


def padded(signal: np.ndarray, multiple: int) -> np.ndarray:
    return np.pad(signal, (0, -len(signal) % multiple)).astype(np.float32)


def test_a_mono_track_has_one_channel(tmp_path, song):
    mono, stereo = make_track(tmp_path / "a", song[:, :1]), make_track(tmp_path / "b", song)
    counts = {"faithful": (1, 2), "hifi": (1, 3)}
    for preset in (SMALL_FAITHFUL, SMALL_HIFI):
        channels = [windows.channels_of(track, preset) for track in (mono, stereo)]
        assert tuple(channels) == counts[preset.name]
    left = rows_of(stereo, SMALL_HIFI, 60)["features"][0]
    assert np.array_equal(rows_of(mono, SMALL_HIFI, 60)["features"][0], left)


def test_equal_channels_have_a_silent_side(tmp_path, song):
    track = make_track(tmp_path / "a", np.repeat(song[:, :1], 2, axis=1))
    left, middle, side = rows_of(track, SMALL_HIFI, 60)["features"]
    assert np.array_equal(left, middle)
    assert np.allclose(side[:, :96], np.log10(1 / 12 / 32768**2), atol=0.01)


@pytest.fixture(scope="module")
def second(tmp_path_factory, song) -> Track:
    """Give a track of 100 windows of `hifi`, in mono."""
    return make_track(tmp_path_factory.mktemp("data") / "second", song[:44100, :1])


@pytest.mark.parametrize("steps", [3, 7, 64, 99])
def test_blocks_of_any_size_give_the_same_envelopes(second, monkeypatch, steps):
    whole = rows_of(second, SMALL_HIFI, 100)
    monkeypatch.setattr(windows, "BLOCK_STEPS", 150 * steps)
    for name, values in rows_of(second, SMALL_HIFI, 100).items():
        # matrix products of other sizes round in other places
        assert np.allclose(values, whole[name], atol=0.01)
        assert np.mean(values == whole[name]) > 0.99


@pytest.mark.parametrize("steps", [1, 50, 70, 150, 1333])
def test_blocks_of_any_size_give_the_same_bits(track, monkeypatch, steps):
    whole = rows_of(track, SMALL_FAITHFUL, 300)
    monkeypatch.setattr(windows, "BLOCK_STEPS", steps)
    for name, values in rows_of(track, SMALL_FAITHFUL, 300).items():
        assert np.array_equal(values, whole[name])


def test_the_weights_are_those_of_the_originals_bandwidth(track):
    assert np.all(rows_of(track, SMALL_HIFI, 20)["envelope"][..., 40:] == 1)
    cut = Track(track.folder, replace(track.info, bandwidth=16_000.0))
    expected = envelopes.band_weights(16_000.0)
    assert np.all(rows_of(cut, SMALL_HIFI, 20)["envelope"][..., 40:] == expected)


@pytest.mark.parametrize(
    "preset",
    [SMALL_FAITHFUL, SMALL_HIFI, changed(SMALL_FAITHFUL, training={"window": 70})],
    ids=["faithful", "hifi", "other windows"],
)
def test_rows_are_of_the_kinds_that_the_files_have(track, preset):
    kinds = windows.kinds(preset, Grid.of(preset.network, RATIO))
    rows = rows_of(track, preset, 9)
    for name, values in rows.items():
        dtype, shape = kinds[name]
        assert values.dtype == dtype
        assert values.shape == (windows.channels_of(track, preset), 9, *shape)
    assert rows.keys() == kinds.keys()
