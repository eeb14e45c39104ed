"""Write a track: the original, its low version and `track.json`."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from super_resolution.audio.blocks import resample_blocks
from super_resolution.audio.cutoff import CutoffMeter
from super_resolution.audio.pcm import Clipping
from super_resolution.audio.wav import wav_writer
from super_resolution.errors import UsageError, UserError
from super_resolution.files import replacing_folder, write_json
from super_resolution.tracks.track import HIGH_RATE, Track, TrackInfo

MIN_SECONDS = 1.0  # a shorter song is too little for training
MIN_LOW_RATE = 1000  # Hz


def downsampled_rate(low_rate: int, downsample: str) -> int:
    """Return the rate of the low version: decimation can only divide 44.1 kHz.

    Parameters
    ----------
    low_rate : int
        The requested rate, in Hz.
    downsample : {"soxr", "decimate"}

    Returns
    -------
    int
        In Hz; with "decimate", that of the nearest whole factor.

    Raises
    ------
    UsageError
        If `low_rate` is out of range, or its decimation leaves no whole rate.
    """
    if not MIN_LOW_RATE <= low_rate < HIGH_RATE:
        raise UsageError(f"--low-rate is {low_rate} Hz, expected {MIN_LOW_RATE} to {HIGH_RATE - 1}")
    if downsample == "soxr":
        return low_rate
    factor = round(HIGH_RATE / low_rate)
    if factor < 2 or HIGH_RATE % factor:
        raise UsageError(
            f"--downsample decimate keeps every n-th sample of {HIGH_RATE} Hz, and {low_rate} Hz "
            f"is none of those rates: take 22050, 14700, 11025 or 8820"
        )
    return HIGH_RATE // factor


def write_track(
    folder: Path,
    blocks: Iterable[np.ndarray],
    *,
    channels: int,
    low_rate: int,
    downsample: str,
    title: str,
    source: str,
    licence: str | None,
    start: float,
    seconds: float | None,
    clipping: Clipping | None = None,
) -> Track:
    """Write a track's two WAVs and its `track.json`, in one pass over the song.

    Parameters
    ----------
    folder : Path
        The track's folder; an existing one is replaced once the new one is complete.
    blocks : iterable of ndarray, shape (frames, channels)
        The song at 44.1 kHz, in 16-bit units.
    channels : int
        1 or 2.
    low_rate : int
        In Hz, as returned by `downsampled_rate`.
    downsample : {"soxr", "decimate"}
    title, source, licence, start, seconds
        As in `TrackInfo`.
    clipping : Clipping, optional
        Counts what is clipped where the song is rounded to 16 bits.

    Returns
    -------
    Track

    Raises
    ------
    UsageError
        If the song has no samples.
    UserError
        If the song is too short or silent, the disk is full, or another run is writing the
        track.
    """
    with replacing_folder(folder) as part:
        meter, clipping = CutoffMeter(HIGH_RATE), clipping or Clipping()
        wavs = _write_wavs(part, blocks, channels, low_rate, downsample, clipping, meter)
        frames, low_frames, peak = wavs
        _check_song(source, frames, peak)
        info = TrackInfo(
            title=title,
            source=source,
            licence=licence,
            sample_rate=HIGH_RATE,
            low_rate=low_rate,
            channels=channels,
            frames=frames,
            low_frames=low_frames,
            bandwidth=meter.bandwidth,
            downsample=downsample,
            start=start,
            seconds=seconds,
        )
        write_json(part / "track.json", asdict(info))
    return Track(folder, info)


def _write_wavs(
    folder: Path,
    blocks: Iterable[np.ndarray],
    channels: int,
    low_rate: int,
    downsample: str,
    clipping: Clipping,
    meter: CutoffMeter,
) -> tuple[int, int, int]:
    # frames of the original and of the low version, and the peak in LSB; both files are written
    # together, so that the song is decoded once and never as a whole in memory
    frames = low_frames = peak = 0
    with (
        wav_writer(folder / "original.wav", sample_rate=HIGH_RATE, channels=channels) as original,
        wav_writer(folder / "low.wav", sample_rate=low_rate, channels=channels) as low,
    ):

        def original_blocks() -> Iterator[np.ndarray]:
            nonlocal frames, peak
            for block in blocks:
                samples = clipping.to_int16(block)
                frames += len(samples)
                peak = max(peak, int(np.abs(samples.astype(np.int32)).max(initial=0)))
                original.write(samples)
                meter.add(samples)
                yield samples

        downsampled = _decimate if downsample == "decimate" else _resample
        for block in downsampled(original_blocks(), low_rate, channels):
            low_frames += len(block)
            low.write(clipping.to_int16(block))
    return frames, low_frames, peak


def _decimate(blocks: Iterable[np.ndarray], low_rate: int, channels: int) -> Iterator[np.ndarray]:
    position, factor = 0, HIGH_RATE // low_rate
    for block in blocks:
        yield block[-position % factor :: factor]
        position += len(block)


def _resample(blocks: Iterable[np.ndarray], low_rate: int, channels: int) -> Iterator[np.ndarray]:
    return resample_blocks(blocks, orig_sr=HIGH_RATE, target_sr=low_rate, channels=channels)


def _check_song(source: str, frames: int, peak: int) -> None:
    if frames == 0:
        raise UsageError(f"{source} has no samples to scan: it is empty, or ends before --start")
    if frames < MIN_SECONDS * HIGH_RATE:
        raise UserError(
            f"{source} has {frames} samples ({frames / HIGH_RATE:.3f} s) at 44.1 kHz, expected "
            f"at least {MIN_SECONDS:g} s: a shorter song is too little for training"
        )
    if peak == 0:
        raise UserError(f"{source} holds only silence: there is nothing to learn from it")
