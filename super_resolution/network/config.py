"""What makes up a preset: the hyper-parameters of a network, its training and its use.

A trained model keeps its preset in its own description, which may come from a stranger:
every value is checked against the bounds below.
"""

import math
from dataclasses import dataclass, field, replace

from super_resolution.errors import UsageError

GRIDS = ("hold", "polyphase")
ENCODINGS = {"offset": 16, "twos": 16, "gray": 16, "float": 1, "float+bits": 17}  # numbers a sample
TARGETS = ("residual", "waveform")
LOSSES = ("mae", "mae+stft")
OPTIMIZERS = ("rmsprop", "adam")
LR_SCHEDULES = ("inverse_time", "cosine")

MAX_UNITS, MAX_LAYERS = 4096, 16
MAX_SAMPLES_PER_FRAME = MAX_BANDS = 256
MAX_WINDOW = 1 << 16  # steps
MAX_DB = 120.0
CUTOFFS = (0.01, 0.99)  # of the low Nyquist frequency
MAX_LOG_GATE = 8.0  # e to it is the largest gate: no gate reaches infinity

Range = tuple[float, float]


@dataclass(frozen=True)
class NetworkConfig:
    """The network: two models with equal ones can share weights.

    Parameters
    ----------
    grid : {"hold", "polyphase"}
        The rate of its steps, as in `grid`.
    samples_per_frame : int
        Low samples that the LSTM sees at once; 1 on `hold`.
    encoding : str
        How it sees a sample, a key of `ENCODINGS`.
    signed : bool
        Bits are -1 and 1 instead of 0 and 1.
    bands : int
        Of the filterbank that the LSTM sees beside the bits; 0 is none.
    lstm_units, dense_units : tuple of int
        A bidirectional LSTM of so many units a direction, then a dense layer, in turn.
    last_units : int
        The dense layer before the output.
    gated : bool
        That layer is exponential and multiplies sources, linear in the frame's input.
    target : {"residual", "waveform"}
        The output: original - base, or the original itself.
    high_pass : bool
        High-pass the output, so that the known band stays as it is.
    """

    grid: str
    samples_per_frame: int
    encoding: str
    signed: bool
    bands: int
    lstm_units: tuple[int, ...]
    dense_units: tuple[int, ...]
    last_units: int
    gated: bool
    target: str
    high_pass: bool

    def __post_init__(self) -> None:
        framed = self.grid == "polyphase"
        units = (*self.lstm_units, *self.dense_units, self.last_units)
        _check(
            grid=self.grid in GRIDS,
            encoding=self.encoding in ENCODINGS,
            target=self.target in TARGETS,
            samples_per_frame=_whole(self.samples_per_frame, 1, MAX_SAMPLES_PER_FRAME)
            and (framed or self.samples_per_frame == 1),
            bands=_whole(self.bands, 0, MAX_BANDS if framed else 0),
            layers=0 < len(self.lstm_units) == len(self.dense_units) <= MAX_LAYERS,
            units=all(_whole(number, 1, MAX_UNITS) for number in units),
            switches=all(isinstance(x, bool) for x in (self.signed, self.gated, self.high_pass)),
            high_pass=not (self.high_pass and self.target == "waveform"),
        )

    @property
    def zero_mean(self) -> bool:
        """True if the encoded input has zero mean."""
        return self.signed or self.encoding == "float"


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained.

    Parameters
    ----------
    window : int
        Steps given to the network at once.
    segment : int
        Consecutive windows that the loss sees joined.
    batch_size : int
        Segments in an optimizer step.
    loss : {"mae", "mae+stft"}
    loss_weights : tuple of 4 floats
        Of the terms of "mae+stft": MAE, log-spectral distance, envelope distance,
        frame-rate modulation.
    optimizer : {"rmsprop", "adam"}
    learning_rate : float
    lr_schedule : {"inverse_time", "cosine"}
        `learning_rate / (1 + lr_decay * epochs)`, or a half cosine that ends at zero.
    lr_decay : float
        Of "inverse_time".
    clip_norm : float or None
        Largest norm of a gradient.
    epochs : int
    """

    window: int
    segment: int
    batch_size: int
    loss: str
    loss_weights: tuple[float, float, float, float]
    optimizer: str
    learning_rate: float
    lr_schedule: str
    lr_decay: float
    clip_norm: float | None
    epochs: int

    def __post_init__(self) -> None:
        counts = (self.segment, self.batch_size, self.epochs)
        _check(
            window=_whole(self.window, 1, MAX_WINDOW),
            counts=all(_whole(number, 1, 10**9) for number in counts),
            loss=self.loss in LOSSES,
            loss_weights=len(self.loss_weights) == 4
            and all(_finite(weight) and weight >= 0 for weight in self.loss_weights),
            optimizer=self.optimizer in OPTIMIZERS,
            lr_schedule=self.lr_schedule in LR_SCHEDULES,
            learning_rate=_finite(self.learning_rate) and self.learning_rate > 0,
            lr_decay=_finite(self.lr_decay) and self.lr_decay >= 0,
            clip_norm=self.clip_norm is None or (_finite(self.clip_norm) and self.clip_norm > 0),
        )


@dataclass(frozen=True)
class Augmentation:
    """From where to where the changes of training segments go; None is no change.

    Parameters
    ----------
    gain_db : tuple of float, or None
    tilt_db : tuple of float, or None
        An octave, above 1 kHz.
    band_limit, low_pass : tuple of float, or None
        Cut-off over the low Nyquist frequency: of both versions, of the low one alone.
    """

    gain_db: Range | None = None
    tilt_db: Range | None = None
    band_limit: Range | None = None
    low_pass: Range | None = None

    def __post_init__(self) -> None:
        decibels = (-MAX_DB, MAX_DB)
        _check(
            gain_db=_range(self.gain_db, *decibels),
            tilt_db=_range(self.tilt_db, *decibels),
            band_limit=_range(self.band_limit, *CUTOFFS),
            low_pass=_range(self.low_pass, *CUTOFFS),
        )


@dataclass(frozen=True)
class PredictionConfig:
    """How a trained network is run.

    Parameters
    ----------
    window, context : int
        Steps given at once, and those at either end whose output is thrown away.
    mid_side : bool
        Run mid and side of a stereo song instead of left and right.
    unseen_gain_db : float
        Gain of the added band in a song that the network was not trained on.
    """

    window: int
    context: int
    mid_side: bool
    unseen_gain_db: float

    def __post_init__(self) -> None:
        _check(
            window=_whole(self.window, 1, MAX_WINDOW) and _whole(self.context, 0, MAX_WINDOW),
            context=2 * self.context < self.window,
            mid_side=isinstance(self.mid_side, bool),
            unseen_gain_db=isinstance(self.unseen_gain_db, float)
            and abs(self.unseen_gain_db) <= MAX_DB,
        )


@dataclass(frozen=True)
class Preset:
    """All hyper-parameters under one name."""

    name: str
    network: NetworkConfig
    training: TrainingConfig
    prediction: PredictionConfig
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        _check(
            name=isinstance(self.name, str) and self.name.isidentifier(),
            mid_side=not (self.prediction.mid_side and self.network.target == "waveform"),
            unseen_gain_db=self.network.high_pass or not self.prediction.unseen_gain_db,
            augmentation=self.network.grid == "polyphase" or self.augmentation == Augmentation(),
        )

    def for_songs(self, count: int, downsample: str) -> "Preset":
        """Give the preset for training on these songs.

        One song alone is neither tilted nor band-limited, nor are low versions with aliases
        (`decimate`), in which a frequency is not the same one of the original.
        """
        if count > 1 and downsample == "soxr":
            return self
        return replace(self, augmentation=replace(self.augmentation, tilt_db=None, band_limit=None))


def _check(**legal: bool) -> None:
    wrong = [name for name, right in legal.items() if not right]
    if wrong:
        raise UsageError(f"these values of the preset are out of bounds: {', '.join(wrong)}")


def _whole(number: object, lowest: int, highest: int) -> bool:
    return type(number) is int and lowest <= number <= highest


def _finite(number: object) -> bool:
    # a whole number too large for a float raises OverflowError
    return isinstance(number, int | float) and math.isfinite(number)


def _range(pair: object, lowest: float, highest: float) -> bool:
    if pair is None or not isinstance(pair, tuple):
        return pair is None
    return len(pair) == 2 and lowest <= pair[0] <= pair[1] <= highest
