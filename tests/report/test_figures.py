"""Pictures: levels in the right pixels, lines at the right frequencies, sizes."""

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from super_resolution.errors import UserError
from super_resolution.report import figures

RATE, LOW_RATE = 44100, 15000
RATES = {"sample_rate": RATE, "low_rate": LOW_RATE}


def sine(hertz, seconds=2.0, level=32768.0, channels=2):
    moments = np.arange(round(seconds * RATE)) / RATE
    return np.repeat(level * np.sin(2 * np.pi * hertz * moments)[:, None], channels, axis=1)


def noise(seconds=2.0, level=1000, seed=0):
    samples = np.random.default_rng(seed).normal(0, level, (round(seconds * RATE), 2))
    return np.rint(samples).clip(-32768, 32767).astype(np.int16)


def row_of(hertz, rows=figures.ROWS):
    return round(rows * (1 - hertz / (RATE / 2)) - 0.5)


@pytest.mark.parametrize("hertz", [1000, 7500, 15000, 20000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_tone_is_a_line_at_its_frequency(hertz, channels):
    levels = figures.spectrogram(sine(hertz, channels=channels))
    assert levels.shape == (figures.ROWS, figures.COLUMNS)
    middle = levels[:, 100:-100]
    assert abs(np.argmax(middle[:, 400]) - row_of(hertz)) <= 1
    # a Hann window's line is shared by two to four bins, and two are pooled
    assert -3.5 < middle.max() <= 0.1
    assert middle[row_of(12500)].max() < -70


def test_time_runs_from_left_to_right():
    signal = np.concatenate([np.zeros((RATE, 2)), sine(5000, 1), np.zeros((2 * RATE, 2))])
    loud = np.flatnonzero(figures.spectrogram(signal)[row_of(5000)] > -20)
    assert loud[0] == pytest.approx(250, abs=5)
    assert loud[-1] == pytest.approx(500, abs=5)


@pytest.mark.parametrize("frames", [1, 100, 5000])
def test_short_and_silent_signals_can_be_drawn(frames):
    levels = figures.spectrogram(np.zeros((frames, 1), np.int16))
    assert levels.shape == (figures.ROWS, figures.COLUMNS)
    assert np.isfinite(levels).all()


def test_a_strip_is_a_small_palette_picture():
    content = figures.strip(noise(6.0))
    picture = Image.open(io.BytesIO(content))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "P", (1000, 300))
    assert len(content) < 150_000


def test_strips_share_one_scale():
    def brightness(level):
        picture = Image.open(io.BytesIO(figures.strip(noise(1.0, level))))
        return np.asarray(picture).mean()

    step = (figures.LEVELS[1] - figures.LEVELS[0]) / (figures.SHADES - 1)
    assert brightness(1000) - brightness(100) == pytest.approx(20 / step, rel=0.05)
    assert brightness(0) == 0


def test_the_long_term_spectrum_knows_levels_and_combs():
    frequencies, level = figures.long_term_spectrum(sine(1000 * RATE / 4096), RATE)
    assert frequencies[np.argmax(level)] == pytest.approx(1000 * RATE / 4096)
    assert level.max() == pytest.approx(0, abs=0.01)

    comb = noise(10.0, level=100).astype(float)
    comb[::150] += 4000
    _, plain = figures.long_term_spectrum(noise(10.0, level=100), RATE)
    frequencies, combed = figures.long_term_spectrum(comb, RATE)
    lines = frequencies[combed - plain > 5]
    assert len(lines) >= 70
    off = np.abs(lines / 294 - np.rint(lines / 294)) * 294
    assert off.max() < 2 * RATE / 4096


def comparison(signals, window=147, start=0):
    return figures.comparison(signals, **RATES, window=window, start=start)


def test_all_that_is_to_be_seen(tmp_path):
    signals = {"original": noise(), "soxr": noise(seed=1), "network": noise(seed=2)}
    figure = comparison(signals, start=10 * RATE)
    *maps, spectrum, error, _ = figure.axes
    assert [axis.get_title("left") for axis in maps] == list(signals)
    assert len({axis.images[0].get_clim() for axis in maps}) == 1
    for axis in maps:
        assert axis.get_xlim() == (10, 12)
        assert axis.get_ylim() == (0, 22.05)
        assert set(axis.lines[0].get_ydata()) == {7.5}
    assert [line.get_label() for line in spectrum.lines] == [*signals, "low Nyquist, 7.5 kHz"]
    assert set(spectrum.lines[-1].get_xdata()) == {7.5}
    assert [line.get_label() for line in error.lines] == ["soxr", "network"]
    figures.save(figure, tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").width == figures.WIDTH
    assert len(list(tmp_path.iterdir())) == 1


def test_a_seam_stands_where_it_is_in_the_song():
    original = noise(5.0, level=300)
    network = original + noise(5.0, level=100, seed=1)
    start = 1000
    network[-start % 147 :: 147] += 2000
    figure = comparison({"original": original, "network": network}, start=start)
    error = figure.axes[-2].lines[0].get_ydata()
    assert len(error) == 147
    assert np.argmax(error) == 0
    assert error[0] > 500
    assert np.abs(error[1:]).max() < 50


def test_without_a_network_and_without_errors_nothing_warns(tmp_path):
    same = noise(0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = comparison({"original": same, "soxr": same})
        figures.save(figure, tmp_path / "a.png")
        short = np.zeros((60, 1), np.int16)
        figures.save(comparison({"original": short, "soxr": short}), tmp_path / "b.png")


def test_long_songs_show_their_first_seconds():
    long = np.zeros((RATE * 40, 1), np.int16)
    assert comparison({"original": long, "soxr": long}).axes[0].get_xlim() == (0, 30)


def log(path, *rows):
    path.write_text("\n".join(["epoch,loss,mae_lsb,val_loss,val_mae_lsb", *rows]) + "\n")
    return path


@pytest.mark.parametrize("rows", [["0,1.5,450,1.4,420"], ["0,3,9,2,8", "1,2,7,2.5,9"]])
def test_the_course_of_a_training(tmp_path, rows):
    figures.plot_log(log(tmp_path / "log.csv", *rows), tmp_path / "loss.png")
    assert Image.open(tmp_path / "loss.png").size == (800, 450)


@pytest.mark.parametrize("rows", [[], ["0,1.5"], ["0,a,b,c,d"]])
def test_no_log_is_told(tmp_path, rows):
    with pytest.raises(UserError, match=r"log\.csv is no log of a training"):
        figures.plot_log(log(tmp_path / "log.csv", *rows), tmp_path / "loss.png")
    assert not (tmp_path / "loss.png").exists()
