"""The picture beside an upsampled file."""

import numpy as np
from helpers import write_wav
from PIL import Image

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


def test_blocks_give_the_spectrogram_of_the_whole_signal():
    noise = np.random.default_rng(0).normal(0, 1000, (100_000, 2)).astype(np.float32)
    blocks = (noise[start : start + 777] for start in range(0, len(noise), 777))
    in_blocks = spectrograms.spectrogram_of_blocks(blocks, len(noise), 2)
    np.testing.assert_array_equal(in_blocks, spectrograms.spectrogram(noise))
