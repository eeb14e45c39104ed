"""What a network has to beat: five ways to 44.1 kHz that learn little or nothing.

Each one takes the low signal and gives the high one, aligned to the sample: low
sample k lies at high position k * target_sr / orig_sr. Outside the signal all of
them see zeros. `hold` repeats samples, `linear` and `cubic` draw lines and splines,
`soxr_vhq` is the ideal low-pass, and `fit_fir` learns by least squares the best
filter for each position between two low samples.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from super_resolution.audio.blocks import resample, scaled_frames
from super_resolution.audio.pcm import ROUNDING_POWER
from super_resolution.errors import UserError

FIR_REACH = 32  # low samples on each side of the nearest one
FIR_BLOCK = 8192  # equations taken at once: 4 MiB at 65 taps
SPLINE_PAD = 32  # low samples; a spline forgets its ends by a factor 3.7 a sample

# the power of one rounding to 16 bits, in LSB^2: as much as any sample is uncertain by


def _positions(frames: int, ratio: Fraction) -> tuple[np.ndarray, np.ndarray]:
    """Give the low sample at or before each high one, and how far it lies behind (0 to 1)."""
    ticks = np.arange(scaled_frames(frames, ratio), dtype=np.int64) * ratio.denominator
    index, rest = np.divmod(ticks, ratio.numerator)
    return index, (rest / ratio.numerator).astype(np.float32)


def hold(low: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Repeat each low sample until the next: high sample n is low[n * orig_sr // target_sr].

    Parameters
    ----------
    low : np.ndarray, shape (frames, channels), int16 or float
        The low signal, in 16-bit LSB.
    orig_sr, target_sr : int
        Its rate and the wanted rate, in Hz.

    Returns
    -------
    np.ndarray, shape (round(frames * target_sr / orig_sr), channels), float32
        The high signal in LSB, neither clipped nor rounded. Halves round up.
    """
    index, _ = _positions(len(low), Fraction(target_sr, orig_sr))
    return low.astype(np.float32)[index]


def linear(low: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Draw straight lines between the low samples; as `hold` otherwise."""
    index, fraction = _positions(len(low), Fraction(target_sr, orig_sr))
    padded = np.pad(low.astype(np.float32), ((0, 1), (0, 0)))
    before, after = padded[index], padded[index + 1]
    return before + (after - before) * fraction[:, None]


def cubic(low: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Draw a cubic spline through the low samples; as `hold` otherwise."""
    from scipy.interpolate import CubicSpline

    index, fraction = _positions(len(low), Fraction(target_sr, orig_sr))
    knots = np.arange(-SPLINE_PAD, len(low) + SPLINE_PAD)
    high = np.empty((len(index), low.shape[1]), np.float32)
    for channel, samples in enumerate(low.T):
        spline = CubicSpline(knots, np.pad(samples.astype(np.float64), SPLINE_PAD))
        high[:, channel] = spline(index + fraction.astype(np.float64))
    return high


def soxr_vhq(low: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Band-limited interpolation by soxr at its quality VHQ; as `hold` otherwise."""
    return resample(low, orig_sr=orig_sr, target_sr=target_sr)


@dataclass(frozen=True)
class FittedFir:
    """A filter bank fitted by `fit_fir`.

    Attributes
    ----------
    ratio : Fraction
        High rate / low rate; its numerator is the number of phases.
    coefficients : np.ndarray, shape (phases, 2 * taps + 1), float64
        Row p gives high samples p, p + phases, p + 2 * phases, ... from the low
        samples around each, the nearest one being in the middle.
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
            The high signal in LSB, neither clipped nor rounded. Halves round up.
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
    taps: int = FIR_REACH,
) -> FittedFir:
    """Find, for each phase of the ratio, the filter with the least squared error.

    The normal equations are pooled over channels and summed block by block, so
    memory is that of a float64 copy of `low`. They get the power of one rounding
    to 16 bits on their diagonal: what silence or an empty band leaves open is zero.

    Parameters
    ----------
    low, original : np.ndarray, shape (frames, channels), int16 or float
        A song at both rates, from the same moment on, in LSB. The fit takes the
        part that both have; `low` may go on as the context of its end.
    orig_sr, target_sr : int
        Their rates, in Hz.
    taps : int
        Reach of the filter in low samples, on each side of the nearest one.

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
    width = 2 * taps + 1
    windows = [_windows(samples, width) for samples in low.T]
    coefficients = np.empty((ratio.numerator, width))
    # products this small gain nothing from threads, and threads that wait cost a lot
    with threadpool_limits(1, user_api="blas"):
        for phase in range(ratio.numerator):
            # each sample is taken as uncertain by its rounding
            equations = low.shape[1] * max(1, frames // ratio.numerator)
            gram = np.eye(width) * (ROUNDING_POWER * equations)
            moment = np.zeros(width)
            for channel, wanted in enumerate(original.T):
                for rows, nearest in _blocks(phase, frames, ratio):
                    known = windows[channel][nearest]
                    gram += known.T @ known
                    moment += known.T @ wanted[rows].astype(np.float64)
            coefficients[phase] = np.linalg.solve(gram, moment)
    return FittedFir(ratio, coefficients)


def _windows(samples: np.ndarray, width: int) -> np.ndarray:
    """View one channel as a float64 (frames + 1, width): row k has sample k in its middle."""
    # one row more, for the high samples that are nearer to the zero after the end
    padded = np.pad(samples.astype(np.float64), (width // 2, width // 2 + 1))
    return np.lib.stride_tricks.sliding_window_view(padded, width)


def _blocks(phase: int, frames: int, ratio: Fraction) -> Iterator[tuple[slice, slice]]:
    """Give the high samples of one phase below `frames`, and the low sample nearest to each.

    High sample phase + j * phases lies nearest to low sample first + j * step; each
    block has at most `FIR_BLOCK` of them, as one slice of each signal.
    """
    phases, step = ratio.numerator, ratio.denominator
    first = (phase * step + phases // 2) // phases
    count = len(range(phase, frames, phases))
    for begin in range(0, count, FIR_BLOCK):
        last = min(begin + FIR_BLOCK, count) - 1
        rows = slice(phase + begin * phases, phase + last * phases + 1, phases)
        yield rows, slice(first + begin * step, first + last * step + 1, step)


# the rows of a table, in order: those that need nothing but the low signal ...
METHODS: dict[str, Callable[..., np.ndarray]] = {
    "hold": hold,
    "linear": linear,
    "cubic": cubic,
    "soxr": soxr_vhq,
}
# ... and the one that `fit_fir` must first fit to a part of the song
FITTED_FIR = "fitted FIR"
