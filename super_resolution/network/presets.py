"""What a preset is: the hyper-parameters of a network and its training, and which are legal.

A trained model keeps its preset in its model.json, so changing a number in `presets`
never changes a model that exists.
"""

import math
from dataclasses import dataclass, fields, replace

from super_resolution.errors import UsageError, UserError
from super_resolution.network.encodings import ENCODINGS
from super_resolution.network.grid import GRIDS

Range = tuple[float, float]


@dataclass(frozen=True)
class Ranges:
    """From where to where each augmentation goes; none where there is no range.

    Parameters
    ----------
    gain_db : tuple of float, or None
    tilt_db : tuple of float, or None
        An octave, above `TILT_FROM`.
    emptied : tuple of float, or None
        Cut-off, as a share of the low Nyquist frequency, for `EMPTIED_SHARE` of the segments.
    low_pass : tuple of float, or None
        Cut-off, as a share of the low Nyquist frequency, for `LOW_PASS_SHARE` of them.
    """

    gain_db: Range | None = None
    tilt_db: Range | None = None
    emptied: Range | None = None
    low_pass: Range | None = None


TARGETS = ("residual", "waveform")
LOSSES = ("mae", "mae+stft")
OPTIMIZERS = ("rmsprop", "adam")
MAX_UNITS = 4096  # a model.json from a stranger may not ask for more
MAX_WINDOW = 1 << 16
MAX_LAYERS = 16
MAX_HOP = 256
MAX_BANDS = 256
# what two networks must have in common to share weights
NETWORK_FIELDS = (
    *("grid", "hop", "encoding", "signed", "bands", "target"),
    *("lstm_units", "dense_units", "last_units", "gated"),
)
AUGMENTATIONS = tuple(field.name for field in fields(Ranges))
MOST_DB = 120.0  # more than 16 bits hold
LEGAL = dict.fromkeys(("emptied", "low_pass"), (0.01, 0.99))  # cut-offs, of the Nyquist frequency
# what a preset does that does not say so
WHERE_MISSING = {"tilt_db": None, "emptied": None, "mid_side": False, "caution": 0.0}
MAX_LOG_GATE = 8.0  # e to it is a gate's largest value: a wild one must not reach infinity


@dataclass(frozen=True)
class Preset:
    """Hyper-parameters of a network and of its training.

    Parameters
    ----------
    name : str
    grid : {"hold", "polyphase"}
        The rate that the steps run at.
    hop : int
        Steps that the network takes at once, as one frame.
    encoding : str
        How it sees a sample, one of `encodings.ENCODINGS`.
    signed : bool
        Bits are -1 and 1 instead of 0 and 1.
    window : int
        Steps given to the network at once in training.
    predict_window, context : int
        Steps given at once in prediction, and how many of them at either end are
        run but thrown away, so that every sample is heard from both sides.
    bands : int
        Of the filterbank that the LSTM sees beside the bits; 0 is none.
    lstm_units, dense_units : tuple of int
        A bidirectional LSTM of so many units a direction, then a dense layer, in turn.
    last_units : int
        The dense layer before the output.
    gated : bool
        That layer is exponential, and each of its units multiplies a source: a
        weighted sum of the frame's own inputs.
    target : {"residual", "waveform"}
        What the network gives: original - base, or the original itself.
    high_pass : bool
        Keep the band that the low version already has as it is.
    mid_side : bool
        In prediction, run middle and side of a stereo song instead of left and right.
    caution : float
        In prediction, add so many dB less than the network says to a song that it never
        heard, because how loud the treble was can only be guessed; below 0 is more.
    loss : {"mae", "mae+stft"}
    loss_weights : tuple of 4 floats
        Of the parts of "mae+stft": MAE, log-spectral distance, envelope distance,
        unevenness.
    optimizer : {"rmsprop", "adam"}
    learning_rate : float
    decay : float
        Rate after p passes over the data is `learning_rate / (1 + decay * p)`.
    cosine : bool
        The rate falls as a half cosine to zero at the end of training instead.
    batch : int
        Segments in one update.
    segment : int
        Consecutive windows in a segment, which the loss hears joined.
    clip_norm : float or None
        Largest norm of an update's gradient.
    gain_db, tilt_db, emptied, low_pass : tuple of float, or None
        Ranges of what happens to the segments in training, as in `augment.Ranges`.
    epochs : int
        Passes over the data.
    """

    name: str
    grid: str
    hop: int
    encoding: str
    signed: bool
    window: int
    predict_window: int
    context: int
    bands: int
    lstm_units: tuple[int, ...]
    dense_units: tuple[int, ...]
    last_units: int
    gated: bool
    target: str
    high_pass: bool
    mid_side: bool
    caution: float
    loss: str
    loss_weights: tuple[float, float, float, float]
    optimizer: str
    learning_rate: float
    decay: float
    cosine: bool
    batch: int
    segment: int
    clip_norm: float | None
    gain_db: tuple[float, float] | None
    tilt_db: tuple[float, float] | None
    emptied: tuple[float, float] | None
    low_pass: tuple[float, float] | None
    epochs: int

    def __post_init__(self) -> None:
        checks = {
            "name": isinstance(self.name, str) and self.name.isidentifier(),
            "grid": self.grid in GRIDS,
            "hop": isinstance(self.hop, int)
            and 0 < self.hop <= (1 if self.grid == "hold" else MAX_HOP),
            "bands": isinstance(self.bands, int)
            and 0 <= self.bands <= (MAX_BANDS if self.grid == "polyphase" else 0),
            "encoding": self.encoding in ENCODINGS,
            "target": self.target in TARGETS,
            "loss": self.loss in LOSSES,
            "loss weights": len(self.loss_weights) == 4
            and all(math.isfinite(weight) and weight >= 0 for weight in self.loss_weights),
            "optimizer": self.optimizer in OPTIMIZERS,
            "units": 0 < len(self.lstm_units) == len(self.dense_units) <= MAX_LAYERS,
            "sizes": all(
                isinstance(units, int) and 0 < units <= MAX_UNITS
                for units in (*self.lstm_units, *self.dense_units, self.last_units)
            ),
            "windows": 0 < self.window <= MAX_WINDOW
            and 0 <= 2 * self.context < self.predict_window <= MAX_WINDOW,
            "high-pass": isinstance(self.high_pass, bool)
            and not (self.high_pass and self.target == "waveform"),
            "middle and side": not (self.mid_side and self.target == "waveform"),
            "caution": isinstance(self.caution, float)
            and abs(self.caution) <= (MOST_DB if self.high_pass else 0),
            "switches": all(
                isinstance(switch, bool) for switch in (self.signed, self.gated, self.mid_side)
            ),
            "ranges": all(
                pair is None or _range(pair, *LEGAL.get(name, ()))
                for name, pair in vars(self.ranges).items()
            ),
            "augmentation": self.grid == "polyphase" or not any(vars(self.ranges).values()),
            "batches": all(
                isinstance(count, int) and count > 0
                for count in (self.batch, self.segment, self.epochs)
            ),
            "clip norm": self.clip_norm is None or self.clip_norm > 0,
            "learning rate": self.learning_rate > 0 and self.decay >= 0,
        }
        wrong = [name for name, right in checks.items() if not right]
        if wrong:
            raise UsageError(f"preset {self.name!r} has no legal {', '.join(wrong)}")

    @property
    def ranges(self) -> Ranges:
        """What happens to the segments in training."""
        return Ranges(**{name: getattr(self, name) for name in AUGMENTATIONS})

    @property
    def centred(self) -> bool:
        """Tell whether what the network sees has no mean of its own, as bits of 0 and 1 have."""
        return self.signed or self.encoding == "float"

    def for_songs(self, count: int, downsample: str) -> "Preset":
        """Give the preset to learn from songs with.

        One song alone is neither tilted nor emptied: that teaches what other songs are like.
        And where the low version holds treble folded down, a frequency of it is not the same
        one of the original, so no filter may be for both.

        Parameters
        ----------
        count : int
            Songs.
        downsample : str
            How their low versions were made.
        """
        if count > 1 and downsample == "soxr":
            return self
        return replace(self, tilt_db=None, emptied=None)


def _range(pair: tuple, lowest: float = -MOST_DB, highest: float = MOST_DB) -> bool:
    return len(pair) == 2 and lowest <= pair[0] <= pair[1] <= highest


def from_dict(content: object, *, where: str) -> Preset:
    """Make a preset of what JSON held; as `dataclasses.asdict` gives it.

    Parameters
    ----------
    content : object
        As parsed from JSON; it may come from a stranger.
    where : str
        The file, for the error.

    Raises
    ------
    UserError
        If entries are missing, unknown or out of bounds.
    """
    if not isinstance(content, dict):
        raise UserError(f"{where} describes no preset: expected its entries by name")
    content = WHERE_MISSING | content
    names = {field.name for field in fields(Preset)}
    wrong = [f"{name} is missing" for name in sorted(names - set(content))]
    wrong += [f"{name!r} is unknown" for name in sorted(set(content) - names)]
    if wrong:
        raise UserError(f"{where} describes no preset: {', '.join(wrong)}")
    plain = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
    try:
        return Preset(**plain)
    except (TypeError, UsageError) as error:
        raise UserError(f"{where} describes no preset: {error}") from error


FINE_TUNING = 0.25  # of the learning rate, where training starts from a trained network

SEED = Preset(
    name="seed",
    grid="hold",
    hop=1,
    encoding="offset",
    signed=False,
    window=50,
    # longer than in training: the same error, with less of it run twice
    predict_window=1000,
    context=25,
    bands=0,
    lstm_units=(300, 300),
    dense_units=(500, 500),
    last_units=20,
    gated=False,
    target="residual",
    high_pass=False,
    mid_side=False,
    caution=0.0,
    loss="mae",
    loss_weights=(1.0, 0.0, 0.0, 0.0),
    optimizer="rmsprop",
    learning_rate=1e-4,
    decay=0.03,
    cosine=False,
    batch=128,
    segment=1,
    clip_norm=None,
    gain_db=None,
    tilt_db=None,
    emptied=None,
    low_pass=None,
    epochs=100,
)
HIFI = Preset(
    name="hifi",
    grid="polyphase",
    hop=10,
    encoding="offset",
    signed=True,
    window=500,
    predict_window=4000,
    context=100,
    bands=32,
    lstm_units=(64, 64),
    dense_units=(128, 128),
    last_units=128,
    gated=True,
    target="residual",
    high_pass=True,
    mid_side=True,
    caution=2.0,
    loss="mae+stft",
    loss_weights=(0.2, 0.8, 0.8, 0.5),
    optimizer="adam",
    learning_rate=4e-3,
    decay=0.0,
    cosine=True,
    batch=4,
    segment=20,
    clip_norm=5.0,
    gain_db=(-12.0, 6.0),
    tilt_db=(-3.0, 3.0),
    emptied=(0.5, 0.9),
    low_pass=(0.8, 0.98),
    epochs=60,
)
PRESETS = {preset.name: preset for preset in (SEED, HIFI)}
DEFAULT = SEED.name
