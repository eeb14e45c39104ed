"""The presets, and what they are made of: hyper-parameters of a network, its training, its use.

`faithful` is the network that its author described in 2018. `hifi` restores treble that can be
heard: it learns how loud each band above the low version is, 100 times a second. A model's
description holds its preset, and may come from a stranger: every value is checked.
"""

import math
from dataclasses import dataclass, fields, is_dataclass

from super_resolution.errors import UsageError, UserError

SHIPPED = "hifi-15k-44k"  # the model that comes with the package
FINE_TUNING = 0.25  # of the learning rate, where training starts from trained weights

ENCODINGS = {"offset": 16, "twos": 16, "gray": 16, "float": 1, "float+bits": 17}  # numbers a sample
TARGETS = ("residual", "waveform")

HIFI_WINDOW = 150  # low samples: `filterbank.STEP`, without importing numpy
MAX_UNITS, MAX_LAYERS = 4096, 16
MAX_WINDOW = 1 << 18  # steps


def _check(**legal: bool) -> None:
    wrong = [name for name, right in legal.items() if not right]
    if wrong:
        raise UsageError(f"these values of the preset are out of bounds: {', '.join(wrong)}")


def _whole(number: object, lowest: int, highest: int) -> bool:
    return type(number) is int and lowest <= number <= highest


def _finite(number: object) -> bool:
    # a whole number too large for a float raises OverflowError
    return isinstance(number, int | float) and math.isfinite(number)


@dataclass(frozen=True)
class NetworkConfig:
    """The network: two models with equal ones can share weights.

    Parameters
    ----------
    architecture : {"faithful", "hifi"}
        A function of `architecture`.
    encoding : str
        How the network sees a sample, a key of `ENCODINGS`; `hifi` takes offset binary.
    lstm_units, dense_units : tuple of int
        A bidirectional LSTM of so many units a direction, then a dense layer, in turn; more
        dense layers may follow.
    target : {"residual", "waveform"}
        The output: original - base, or the original itself.
    """

    architecture: str
    encoding: str
    lstm_units: tuple[int, ...]
    dense_units: tuple[int, ...]
    target: str

    def __post_init__(self) -> None:
        _check(
            architecture=self.architecture in ("faithful", "hifi"),
            encoding=self.encoding in ENCODINGS,
            target=self.target in TARGETS,
            layers=0 < len(self.lstm_units) <= len(self.dense_units) <= MAX_LAYERS,
            units=all(_whole(n, 1, MAX_UNITS) for n in (*self.lstm_units, *self.dense_units)),
        )
        if self.restores_treble and (self.encoding, self.target) != ("offset", "residual"):
            raise UsageError("hifi takes offset binary and gives the residual: neither can change")

    @property
    def restores_treble(self) -> bool:
        """True if the output is nothing but the band above the low version."""
        return self.architecture == "hifi"


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained.

    Parameters
    ----------
    window : int
        Steps given to the network at once; of `hifi` low samples in a step of its LSTM.
    segment : int
        Windows that the LSTM sees joined.
    batch_size : int
        Segments in an optimizer step.
    optimizer : {"rmsprop", "adam"}
    learning_rate : float
    lr_decay : float or None
        `learning_rate / (1 + lr_decay * epochs)`; None is a half cosine that ends at zero.
    clip_norm : float or None
        Largest norm of a gradient.
    dropout : float
        Share of the outputs of an LSTM that training sets to zero.
    augment : bool
        Change the segments as `dataset.augment` does, if there are several songs; only for `hifi`.
    epochs : int
    """

    window: int
    segment: int
    batch_size: int
    optimizer: str
    learning_rate: float
    lr_decay: float | None
    clip_norm: float | None
    dropout: float
    augment: bool
    epochs: int

    def __post_init__(self) -> None:
        counts = (self.segment, self.batch_size, self.epochs)
        _check(
            window=_whole(self.window, 1, MAX_WINDOW),
            counts=all(_whole(number, 1, 10**9) for number in counts),
            optimizer=self.optimizer in ("rmsprop", "adam"),
            learning_rate=_finite(self.learning_rate) and self.learning_rate > 0,
            lr_decay=self.lr_decay is None or (_finite(self.lr_decay) and self.lr_decay >= 0),
            clip_norm=self.clip_norm is None or (_finite(self.clip_norm) and self.clip_norm > 0),
            dropout=_finite(self.dropout) and 0 <= self.dropout < 1,
            augment=isinstance(self.augment, bool),
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
    """

    window: int
    context: int
    mid_side: bool

    def __post_init__(self) -> None:
        _check(
            window=_whole(self.window, 1, MAX_WINDOW) and _whole(self.context, 0, MAX_WINDOW),
            context=2 * self.context < self.window,
            mid_side=isinstance(self.mid_side, bool),
        )


@dataclass(frozen=True)
class Preset:
    """All hyper-parameters under one name."""

    name: str
    network: NetworkConfig
    training: TrainingConfig
    prediction: PredictionConfig

    def __post_init__(self) -> None:
        restores = self.network.restores_treble
        _check(
            name=isinstance(self.name, str) and self.name.isidentifier(),
            mid_side=restores or not self.prediction.mid_side,
            augment=restores or not self.training.augment,
            window=self.training.window == HIFI_WINDOW or not restores,
        )


FAITHFUL = Preset(
    name="faithful",
    network=NetworkConfig("faithful", "offset", (300, 300), (500, 500, 20), "residual"),
    training=TrainingConfig(
        window=50,
        segment=1,
        batch_size=128,
        optimizer="rmsprop",
        learning_rate=1e-4,
        lr_decay=0.03,
        clip_norm=None,
        dropout=0.0,
        augment=False,
        epochs=100,
    ),
    # longer than in training: the same error, with less of it run twice
    prediction=PredictionConfig(window=1000, context=25, mid_side=False),
)
HIFI = Preset(
    name="hifi",
    network=NetworkConfig("hifi", "offset", (128,), (128,), "residual"),
    training=TrainingConfig(
        window=HIFI_WINDOW,
        segment=192,
        batch_size=32,
        optimizer="adam",
        learning_rate=3e-3,
        lr_decay=None,
        clip_norm=1.0,
        dropout=0.3,
        augment=True,
        epochs=60,
    ),
    prediction=PredictionConfig(window=150_000, context=7_500, mid_side=True),
)
PRESETS = {preset.name: preset for preset in (FAITHFUL, HIFI)}
DEFAULT = FAITHFUL.name


def from_dict(content: object, *, where: str, kind: type = Preset):
    """Make a preset of parsed JSON, as `dataclasses.asdict` gives it, from an untrusted file.

    Parameters
    ----------
    content : object
    where : str
        The file, for the error.
    kind : type
        The class to make.

    Raises
    ------
    UserError
        If entries are missing, unknown or out of bounds.
    """
    if not isinstance(content, dict):
        raise UserError(f"{where} describes no preset: expected its entries by name")
    names = {entry.name: entry.type for entry in fields(kind)}
    wrong = [f"{name} is missing" for name in sorted(set(names) - set(content))]
    wrong += [f"{name!r} is unknown" for name in sorted(set(content) - set(names))]
    if wrong:
        raise UserError(f"{where} describes no preset: {', '.join(wrong)}")
    values = {}
    for name, value in content.items():
        part = names[name]
        if isinstance(part, type) and is_dataclass(part):
            values[name] = from_dict(value, where=where, kind=part)
        else:
            values[name] = tuple(value) if isinstance(value, list) else value
    try:
        return kind(**values)
    except (TypeError, OverflowError, UsageError) as error:
        raise UserError(f"{where} describes no preset: {error}") from error
