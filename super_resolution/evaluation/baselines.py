"""Baselines: methods of upsampling that a network has to surpass; one more in `replication`.

Each takes the low signal and returns the high one, aligned to the sample: low sample k
is at high position k * target_sr / orig_sr. Samples outside the signal count as zero.
`hold` repeats samples, `linear` and `cubic` interpolate with lines and splines,
`soxr_vhq` is the ideal low-pass, and `fit_fir` fits by least squares one filter for
each position between two low samples.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from super_resolution.audio.blocks import resample, scaled_frames
from super_resolution.audio.pcm import ROUNDING_POWER
from super_resolution.errors import UserError

FIR_SIDE_TAPS = 32  # low samples on each side of the nearest one
FIR_BLOCK_ROWS = 8192  # equations accumulated at once: 4 MiB at 65 taps
SPLINE_PADDING = 32  # low samples; the effect of a spline's end decays 3.7-fold a sample


def _positions(frames: int, ratio: Fraction) -> tuple[np.ndarray, np.ndarray]:
    """Give for each high sample the low sample at or before it, and the distance (0 to 1)."""
    ticks = np.arange(scaled_frames(frames, ratio), dtype=np.int64) * ratio.denominator
    index, remainder = np.divmod(ticks, ratio.numerator)
    return index, (remainder / ratio.numerator).astype(np.float32)


def hold(low: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Repeat each low sample until the next: high sample n is low[n * orig_sr // target_sr].

    Parameters
    ----------
    low : np.ndarray, shape (frames, channels), int16 or float
        The low signal, in 16-bit LSB.
    orig_sr, target_sr : int
        The rates of the low and the high signal, in Hz.

    Returns
    -------
    np.ndarray, shape (round(frames * target_sr / orig_sr), channels), float32
        The high signal in LSB, neither clipped nor rounded. Its length is rounded half up.
    """
    index, _ = _positions(len(low), Fraction(target_sr, orig_sr))
    return low.astype(np.float32)[index]


def linear(low: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Interpolate linearly between the low samples; parameters as for `hold`."""
    index, fraction = _positions(len(low), Fraction(target_sr, orig_sr))
    padded = np.pad(low.astype(np.float32), ((0, 1), (0, 0)))
    before, after = padded[index], padded[index + 1]
    return before + (after - before) * fraction[:, None]


def cubic(low: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Interpolate with a cubic spline through the low samples; parameters as for `hold`."""
    from scipy.interpolate import CubicSpline

    index, fraction = _positions(len(low), Fraction(target_sr, orig_sr))
    knots = np.arange(-SPLINE_PADDING, len(low) + SPLINE_PADDING)
    high = np.empty((len(index), low.shape[1]), np.float32)
    for channel, samples in enumerate(low.T):
        spline = CubicSpline(knots, np.pad(samples.astype(np.float64), SPLINE_PADDING))
        high[:, channel] = spline(index + fraction.astype(np.float64))
    return high


def soxr_vhq(low: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Interpolate band-limited, by soxr at its quality VHQ; parameters as for `hold`."""
    return resample(low, orig_sr=orig_sr, target_sr=target_sr)


@dataclass(frozen=True)
class FittedFir:
    """A filter bank fitted by `fit_fir`.

    Attributes
    ----------
    ratio : Fraction
        High rate / low rate; its numerator is the number of phases.
    coefficients : np.ndarray, shape (phases, 2 * side_taps + 1), float64
        Row p gives high samples p, p + phases, p + 2 * phases, ... from the low
        samples around each; the middle coefficient belongs to the nearest one.
    """

    ratio: Fraction
    coefficients: np.ndarray

    def apply(self, low: np.ndarray) -> np.ndarray:
        """Upsample `low`.

        Parameters
        ----------
        low : np.ndarray, shape (frames, channels), int16 or float
            The low signal, in 16-bit LSB.

        Returns
        -------
        np.ndarray, shape (round(frames * ratio), channels), float32
            The high signal in LSB, neither clipped nor rounded. Its length is rounded half up.
        """
        high = np.empty((scaled_frames(len(low), self.ratio), low.shape[1]), np.float32)
        for samples, output in zip(low.T, high.T, strict=True):
            windows = _windows(samples, self.coefficients.shape[1])
            for phase, coefficients in enumerate(self.coefficients):
                for rows, nearest in _blocks(phase, len(high), self.ratio):
                    output[rows] = windows[nearest] @ coefficients
        return high


def fit_fir(
    low: np.ndarray,
    original: np.ndarray,
    *,
    orig_sr: int,
    target_sr: int,
    side_taps: int = FIR_SIDE_TAPS,
) -> FittedFir:
    """Fit, for each phase of the ratio, the filter with the least squared error.

    The normal equations are pooled over channels and summed block by block, so
    memory is that of a float64 copy of `low`. The power of rounding to 16 bits is
    added to their diagonal, so that coefficients that silence or an empty band leaves
    undetermined become zero.

    Parameters
    ----------
    low, original : np.ndarray, shape (frames, channels), int16 or float
        A song at both rates, starting at the same time, in LSB. The part that both
        have is fitted; `low` may be longer, as context for the last samples.
    orig_sr, target_sr : int
        Their rates, in Hz.
    side_taps : int
        Low samples that a filter reads on each side of the nearest one.

    Returns
    -------
    FittedFir

    Raises
    ------
    UserError
        If `low` and `original` differ in their number of channels.
    """
    if low.shape[1] != original.shape[1]:
        raise UserError(
            f"low has {low.shape[1]} channels and original {original.shape[1]}: "
            "a filter can be fitted only between two versions of one song"
        )
    from threadpoolctl import threadpool_limits

    ratio = Fraction(target_sr, orig_sr)
    frames = min(len(original), scaled_frames(len(low), ratio))
    width = 2 * side_taps + 1
    windows = [_windows(samples, width) for samples in low.T]
    coefficients = np.empty((ratio.numerator, width))
    # products this small are slower with several threads
    with threadpool_limits(1, user_api="blas"):
        for phase in range(ratio.numerator):
            equations = low.shape[1] * max(1, frames // ratio.numerator)
            gram = np.eye(width) * (ROUNDING_POWER * equations)
            moment = np.zeros(width)
            for channel, target in enumerate(original.T):
                for rows, nearest in _blocks(phase, frames, ratio):
                    inputs = windows[channel][nearest]  # (equations, width)
                    gram += inputs.T @ inputs
                    moment += inputs.T @ target[rows].astype(np.float64)
            coefficients[phase] = np.linalg.solve(gram, moment)
    return FittedFir(ratio, coefficients)


def _windows(samples: np.ndarray, width: int) -> np.ndarray:
    """View one channel as float64 (frames + 1, width), with sample k in the middle of row k."""
    # the extra row is for high samples that are nearest to the zero after the end
    padded = np.pad(samples.astype(np.float64), (width // 2, width // 2 + 1))
    return np.lib.stride_tricks.sliding_window_view(padded, width)


def _blocks(phase: int, frames: int, ratio: Fraction) -> Iterator[tuple[slice, slice]]:
    """Give the high samples of one phase below `frames`, and the low sample nearest to each.

    High sample phase + j * phases is nearest to low sample first + j * step; each
    block has at most `FIR_BLOCK_ROWS` of them, as one slice of each signal.
    """
    phases, step = ratio.numerator, ratio.denominator
    first = (phase * step + phases // 2) // phases
    count = len(range(phase, frames, phases))
    for begin in range(0, count, FIR_BLOCK_ROWS):
        last = min(begin + FIR_BLOCK_ROWS, count) - 1
        rows = slice(phase + begin * phases, phase + last * phases + 1, phases)
        yield rows, slice(first + begin * step, first + last * step + 1, step)


# the baselines that need only the low signal, in the order of a table's rows
METHODS: dict[str, Callable[..., np.ndarray]] = {
    "hold": hold,
    "linear": linear,
    "cubic": cubic,
    "soxr": soxr_vhq,
}
# the baseline that `fit_fir` first fits to a part of the song; the row after those
FITTED_FIR = "fitted FIR"
