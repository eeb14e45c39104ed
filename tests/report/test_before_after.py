"""The picture beside an upsampled file."""

import numpy as np
from helpers import write_wav
from PIL import Image

from super_resolution.audio.blocks import resample
from super_resolution.audio.pcm import to_int16
from super_resolution.report import before_after, spectrograms


def test_the_band_that_was_added_is_in_the_lower_picture_only(tmp_path):
    noise = np.random.default_rng(0).integers(-9000, 9000, (44100, 2)).astype(np.int16)
    source = write_wav(tmp_path / "a$b$.wav", noise[:15000], 15000)
    result = write_wav(tmp_path / "b.wav", noise, 44100)
    before_after.draw(source, result, tmp_path / "b.png")
    picture = np.asarray(Image.open(tmp_path / "b.png").convert("L")).astype(float)
    column = picture[:, picture.shape[1] // 3]
    height = len(column)
    # from the top: the band above 7.5 kHz before, below it, above it after
    empty, low, added = column[height // 8], column[height * 2 // 5], column[height * 5 // 8]
    assert empty < 10 and low > 100 and added > 100


def test_noise_of_one_level_has_one_colour_at_both_rates(tmp_path):
    noise = np.random.default_rng(0).normal(0, 300, (15_000, 1))
    source = write_wav(tmp_path / "a.wav", to_int16(noise), 15000)
    result = to_int16(resample(noise, orig_sr=15000, target_sr=44100))
    before_after.draw(source, write_wav(tmp_path / "b.wav", result, 44100), tmp_path / "b.png")
    picture = np.asarray(Image.open(tmp_path / "b.png").convert("L")).astype(float)
    part, height = picture[:, picture.shape[1] // 4 : picture.shape[1] // 2], len(picture)
    # rows from 3 to 6 kHz of each
    before, after = (part[int(top * height) :][: height // 20].mean() for top in (0.38, 0.83))
    assert before > 50 and abs(before - after) < 4


def test_blocks_give_the_spectrogram_of_the_whole_signal():
    noise = np.random.default_rng(0).normal(0, 1000, (100_000, 2)).astype(np.float32)
    blocks = (noise[start : start + 777] for start in range(0, len(noise), 777))
    in_blocks = spectrograms.spectrogram_of_blocks(blocks, len(noise), 2)
    np.testing.assert_array_equal(in_blocks, spectrograms.spectrogram(noise))
