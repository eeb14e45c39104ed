"""WAV files: written, read back, in part, cut off, on a full disk."""

import contextlib
import errno
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from super_resolution.audio.wav import BLOCK_FRAMES, read_wav16, wav16_form, wav_writer
from super_resolution.errors import UserError


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(frames).integers(-(2**15), 2**15, (frames, channels))


def wav(signal: np.ndarray, subtype: str = "PCM_16", form: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, signal, 15000, subtype=subtype, format=form)
    return file.getvalue()


def write(path: Path, signal: np.ndarray, size: int = 7) -> Path:
    with wav_writer(path, sample_rate=15000, channels=signal.shape[1]) as out:
        for first in range(0, len(signal), size):
            out.write(signal[first : first + size])
    return path


@pytest.mark.parametrize("frames", [0, 1, 2, 99, 100, 101, 2 * BLOCK_FRAMES + 1])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_file_is_read_back_exactly(tmp_path, frames, channels):
    signal = noise(frames, channels).astype(np.int16)
    path = write(tmp_path / "春.wav", signal, size=max(7, frames // 3))
    assert np.array_equal(read_wav16(path), signal)
    # the same bytes as libsndfile's
    assert path.read_bytes() == wav(signal)


@pytest.mark.parametrize(
    ("start", "frames"),
    [(0, 0), (0, 1), (7, 10), (7, -1), (99, 2), (90, 100), (100, 5), (101, 5), (200, -1)],
)
def test_a_part_is_a_slice_of_the_file(tmp_path, start, frames):
    signal = noise(100).astype(np.int16)
    path = write(tmp_path / "a.wav", signal)
    expected = signal[start:] if frames < 0 else signal[start : start + frames]
    part = read_wav16(path, start, frames)
    assert part.dtype == np.int16 and part.shape == expected.shape
    assert np.array_equal(part, expected)


def test_a_failed_write_keeps_the_existing_file(tmp_path):
    path = tmp_path / "a.wav"
    path.write_text("old")
    with pytest.raises(UserError, match="x"), wav_writer(path, sample_rate=8000, channels=1):
        raise UserError("x")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize("frames", [1, 10**6])
def test_a_full_disk(monkeypatch, frames):
    full = contextlib.nullcontext(Path("/dev/full"))
    monkeypatch.setattr("super_resolution.audio.wav.replacing", lambda path: full)
    with pytest.raises(UserError, match=r"a\.wav cannot be written \(no space .* disk full"):
        write(Path("a.wav"), np.zeros((frames, 1), np.int16), size=frames)


def test_other_errors_while_writing_stay_what_they_are(tmp_path):
    error = OSError(errno.EIO, "input/output error")
    with pytest.raises(OSError) as caught, wav_writer(tmp_path / "a", sample_rate=1, channels=1):
        raise error
    assert caught.value is error


def test_more_than_4_gib_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("super_resolution.audio.wav.MAX_DATA_BYTES", 400)
    write(tmp_path / "a.wav", np.zeros((100, 2), np.int16))
    with pytest.raises(UserError, match=r"b\.wav would exceed 4 GiB"):
        write(tmp_path / "b.wav", np.zeros((101, 2), np.int16))
    assert not (tmp_path / "b.wav").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no audio",
        wav(np.zeros((9, 2), np.int16))[:30],
        wav(np.zeros((9, 2), np.int16))[:-4],
        wav(np.zeros((9, 2), np.int16))[:-3],
        # a chunk that is longer than all
        wav(np.zeros((9, 2), np.int16)).replace(b"fmt \x10", b"LIST\xff"),
        wav(np.zeros((9, 2)), "PCM_24"),
        wav(np.zeros((9, 2)), "FLOAT"),
    ],
)
def test_a_file_that_is_no_whole_16_bit_wav_is_refused(tmp_path, content):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"a\.wav cannot be read \(.+\): scan the track again"):
        read_wav16(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UserError, match="No such file.*scan the track again"):
        read_wav16(tmp_path / "a.wav")


@pytest.mark.parametrize("cut", [0, 1, 4, 7, 400])
def test_the_form_of_a_file_that_was_cut_off_is_what_it_holds(tmp_path, cut):
    path = write(tmp_path / "a.wav", noise(100).astype(np.int16))
    path.write_bytes(path.read_bytes()[: 444 - cut])
    assert wav16_form(path) == (15000, 2, 100 - -(-cut // 4))
