"""Figures: axes, lines, sizes, the error by window position."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from super_resolution.errors import UserError
from super_resolution.report import figures

RATE = 44100
WINDOW = 147  # samples


def noise(seconds=2.0, level=1000, seed=0):
    samples = np.random.default_rng(seed).normal(0, level, (round(seconds * RATE), 2))
    return np.rint(samples).clip(-32768, 32767).astype(np.int16)


def comparison(signals, start=0):
    windows = dict.fromkeys(signals, WINDOW)
    return figures.comparison(
        signals, sample_rate=RATE, low_rate=15000, windows=windows, start=start
    )


def test_comparison_has_all_plots(tmp_path):
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
    assert Image.open(tmp_path / "a.png").width == figures.FIGURE_WIDTH
    assert len(list(tmp_path.iterdir())) == 1


def test_an_error_at_window_boundaries_is_a_peak():
    original = noise(5.0, level=300)
    network = original + noise(5.0, level=100, seed=1)
    start = 1000
    network[-start % WINDOW :: WINDOW] += 2000
    figure = comparison({"original": original, "network": network}, start=start)
    error = figure.axes[-2].lines[0].get_ydata()
    assert len(error) == WINDOW
    assert np.argmax(error) == 0
    assert error[0] > 500
    assert np.abs(error[1:]).max() < 50


def test_perfect_and_short_signals_give_no_warnings(tmp_path):
    same = noise(0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = comparison({"original": same, "soxr": same})
        figures.save(figure, tmp_path / "a.png")
        short = np.zeros((60, 1), np.int16)
        figures.save(comparison({"original": short, "soxr": short}), tmp_path / "b.png")


def test_spectrograms_show_the_first_30_seconds():
    long = np.zeros((RATE * 40, 1), np.int16)
    assert comparison({"original": long, "soxr": long}).axes[0].get_xlim() == (0, 30)


@given(
    frames=st.sampled_from([1, 2, 49, 50, 51, 146, 147, 148]) | st.integers(1, 400),
    offset=st.integers(0, 300),
)
def test_error_by_position_equals_a_loop(frames, offset):
    rng = np.random.default_rng(0)
    x, y = rng.integers(-9000, 9000, (2, frames, 2), np.int16)
    errors = [[] for _ in range(WINDOW)]
    for n in range(frames):
        errors[(n + offset) % WINDOW] += [abs(int(x[n, c]) - int(y[n, c])) for c in (0, 1)]
    expected = [np.mean(e) if e else np.nan for e in errors]
    np.testing.assert_allclose(figures.error_by_position(x, y, WINDOW, offset), expected)


def test_error_by_position_does_not_overflow():
    x, y = np.full((300, 1), -32768, np.int16), np.full((300, 1), 32767, np.int16)
    assert set(figures.error_by_position(x, y, 7)) == {65535}


def write_log(path, *rows):
    path.write_text("\n".join(["epoch,loss,mae_lsb,val_loss,val_mae_lsb", *rows]) + "\n")
    return path


@pytest.mark.parametrize("rows", [["0,1.5,450,1.4,420"], ["0,3,9,2,8", "1,2,7,2.5,9"]])
def test_training_curve(tmp_path, rows):
    figures.plot_log(write_log(tmp_path / "log.csv", *rows), tmp_path / "loss.png")
    assert Image.open(tmp_path / "loss.png").size == (800, 450)


@pytest.mark.parametrize("rows", [[], ["0,1.5"], ["0,a,b,c,d"]])
def test_other_files_are_not_training_logs(tmp_path, rows):
    with pytest.raises(UserError, match=r"log\.csv is not a training log"):
        figures.plot_log(write_log(tmp_path / "log.csv", *rows), tmp_path / "loss.png")
    assert not (tmp_path / "loss.png").exists()
