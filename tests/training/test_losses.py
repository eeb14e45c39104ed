"""The losses: against loops, and against what each term must punish."""

import numpy as np
import pytest
from helpers import SMALL_FAITHFUL, SMALL_HIFI

from super_resolution.training import losses

BANDS = 20
SHAPE = (2, 6, BANDS)
FAITHFUL, HIFI = SMALL_FAITHFUL.network, SMALL_HIFI.network


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def tensors(seed: int = 0, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Give y_true (2, 6, 60) and y_pred (2, 6, 40)."""
    rng = np.random.default_rng(seed)
    powers, noise = rng.normal(-6, 1, SHAPE), rng.uniform(0, 1, SHAPE)
    weights = rng.choice([0, 0.25, 1], SHAPE)
    predicted = powers + rng.normal(0, spread, SHAPE)
    y_true = np.concatenate([powers, noise, weights], axis=2)
    y_pred = np.concatenate([predicted, rng.normal(0, 2, SHAPE)], axis=2)
    return y_true.astype(np.float32), y_pred.astype(np.float32)


def slow_envelope_loss(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    squares = entropies = total = 0.0
    for place in np.ndindex(2, 6):
        for band in range(BANDS):
            power, noise, weight = y_true[place][band::BANDS].astype(float)
            predicted, share = y_pred[place][band], sigmoid(float(y_pred[place][BANDS + band]))
            squares += weight * (predicted - power) ** 2
            entropies -= weight * (noise * np.log(share) + (1 - noise) * np.log(1 - share))
            total += weight
    return squares / total + 0.5 * entropies / total


def test_mae_equals_numpy():
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.normal(size=(2, 3, 500)).astype(np.float32)
    expected = np.abs(y_true - y_pred).mean()
    assert float(losses.make(FAITHFUL)(y_true, y_pred)) == pytest.approx(expected, rel=1e-5)


def test_the_envelope_loss_equals_a_loop():
    y_true, y_pred = tensors()
    expected = slow_envelope_loss(y_true, y_pred)
    assert float(losses.make(HIFI)(y_true, y_pred)) == pytest.approx(expected, rel=1e-4)


def test_the_envelope_error_is_in_decibels():
    y_true, y_pred = tensors()
    # 3 dB too loud everywhere, whatever the shares of noise
    y_pred[..., :BANDS] = y_true[..., :BANDS] + 0.3
    assert float(losses.envelope_error(y_true, y_pred)) == pytest.approx(3, rel=1e-3)


def test_an_exact_envelope_costs_only_the_uncertainty_of_its_noise():
    y_true, y_pred = tensors(spread=0)
    y_true[..., BANDS : 2 * BANDS] = np.round(y_true[..., BANDS : 2 * BANDS])
    y_pred[..., BANDS:] = 40 * y_true[..., BANDS : 2 * BANDS] - 20  # as sure as it is right
    assert float(losses.envelope_loss(y_true, y_pred)) < 1e-6
    y_pred[..., BANDS:] *= -1
    assert float(losses.envelope_loss(y_true, y_pred)) == pytest.approx(0.5 * 20, rel=1e-3)


def test_the_best_share_of_noise_is_the_true_one():
    y_true, y_pred = tensors()
    y_true[..., BANDS : 2 * BANDS] = 0.3
    costs = {}
    for share in (0.1, 0.25, 0.3, 0.35, 0.9):
        y_pred[..., BANDS:] = np.log(share / (1 - share))
        costs[share] = float(losses.envelope_loss(y_true, y_pred))
    assert min(costs, key=costs.get) == 0.3


def test_bands_without_weight_do_not_count():
    def costs() -> list[float]:
        both = (losses.envelope_loss, losses.envelope_error)
        return [float(loss(y_true, y_pred)) for loss in both]

    y_true, y_pred = tensors()
    before, unknown = costs(), y_true[..., 2 * BANDS :] == 0
    y_true[..., :BANDS][unknown] = 50
    y_true[..., BANDS : 2 * BANDS][unknown] = 1
    y_pred[..., :BANDS][unknown] = -50
    assert costs() == pytest.approx(before, rel=1e-5)


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_losses_are_finite_at_the_extremes(weight):
    y_true, y_pred = tensors()
    y_true[..., 2 * BANDS :] = weight
    y_pred[..., BANDS:] = np.where(y_pred[..., BANDS:] > 0, 1000, -1000)
    for loss in (losses.envelope_loss, losses.envelope_error):
        assert np.isfinite(float(loss(y_true, y_pred)))
    y_true[..., 2 * BANDS :] = 0
    assert float(losses.envelope_loss(y_true, y_pred)) == 0


def test_the_metric_of_faithful_is_in_lsb():
    metric = losses.make_metric(FAITHFUL, 300.0)
    metric.update_state(np.ones((2, 5), np.float32), np.zeros((2, 5), np.float32))
    assert float(metric.result()) == pytest.approx(300)
    assert metric.name == "error"
    assert losses.unit(FAITHFUL).format(300) == "MAE 300.0 LSB"


def test_the_metric_of_hifi_is_in_decibels():
    metric = losses.make_metric(HIFI, 32768.0)
    y_true, y_pred = tensors()
    metric.update_state(y_true, y_pred)
    expected = float(losses.envelope_error(y_true, y_pred))
    assert float(metric.result()) == pytest.approx(expected, rel=1e-5)
    assert metric.name == "error"
    assert losses.unit(HIFI).format(3) == "envelope 3.00 dB"
