"""models/<name>/: a trained network on disk.

    model.weights.h5  the weights, read by Keras' `load_weights` only
    model.onnx        the same network for engines without Keras
    model.json        preset, rates, scale, tracks and licences, what was reached,
                      and the sha256 of both
    log.csv, loss.png the course of the training
    checkpoint/       what `--resume` goes on from

The architecture comes from this project's code, never from a file.
"""

import hashlib
import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, fields, replace
from fractions import Fraction
from pathlib import Path

import keras

from super_resolution.errors import UsageError, UserError
from super_resolution.files import read_json, replacing, write_json
from super_resolution.network.grid import Grid
from super_resolution.network.presets import MAX_WINDOW, Preset, from_dict

MODELS = Path("models")
WEIGHTS = "model.weights.h5"
ONNX = "model.onnx"
DESCRIPTION = "model.json"
HOME = Path(__file__).parent.parent / "models"  # the project's own
SHIPPED = "hifi-15k-44k"  # comes with the project
MAX_RATIO = 64  # a model.json from a stranger may not ask for more outputs a step


@dataclass(frozen=True)
class Model:
    """What `model.json` says.

    Parameters
    ----------
    preset : Preset
    sample_rate, low_rate : int
        In Hz.
    downsample : str
        How the low versions it learnt from were made.
    scale : float
        LSB for each unit of the network's output.
    tracks : tuple of dict
        Title, source and licence of what it learnt from.
    trained : str
        When, ISO 8601 in UTC; the newest is the default of `--predict`.
    metrics : dict
        What it reached on the validation split, and in which epoch.
    weights_sha256, onnx_sha256 : str
        Of the two files; the second is empty where there is no ONNX file.
    """

    preset: Preset
    sample_rate: int
    low_rate: int
    downsample: str
    scale: float
    tracks: tuple[dict, ...]
    trained: str = ""
    metrics: dict = field(default_factory=dict)
    weights_sha256: str = ""
    onnx_sha256: str = ""

    @property
    def grid(self) -> Grid:
        """The grid that the network steps on."""
        ratio = Fraction(self.sample_rate, self.low_rate)
        return Grid(self.preset.grid, ratio, self.preset.hop)

    def for_song(self, about: dict | None) -> "Model":
        """Give the model as it upsamples a song: without caution where it learnt from it.

        Parameters
        ----------
        about : dict or None
            What `tracks` would hold of the song; None is no scanned one.
        """
        if about not in self.tracks:
            return self
        return replace(self, preset=replace(self.preset, caution=0.0))

    @property
    def context(self) -> int:
        """Steps at either end of a window of prediction that are thrown away."""
        context = self.preset.context
        return self.grid.whole_steps(context) if context else 0

    @property
    def predict_steps(self) -> int:
        """Steps of a window of prediction; more than its two contexts at any ratio."""
        wanted = self.grid.whole_steps(self.preset.predict_window)
        return max(wanted, 2 * self.context + self.grid.step_multiple)


def folder(models: Path, name: str) -> Path:
    """Give the folder of a model by its name.

    Raises
    ------
    UsageError
        If the name would lead elsewhere.
    """
    if not name or name.startswith(".") or Path(name).name != name or "\\" in name:
        raise UsageError(f"{name!r} is no name of a model: give that of a folder in {models}/")
    return models / name


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save(
    folder: Path,
    model: Model,
    write_weights: Callable[[Path], None],
    write_onnx: Callable[[Path], None] | None = None,
) -> Model:
    """Write a model: first its weights, then the description that names them.

    Parameters
    ----------
    folder : Path
    model : Model
        Its `weights_sha256` and `onnx_sha256` are filled in.
    write_weights, write_onnx : callable
        Write the weights, and the network as ONNX, to the path they are given.

    Returns
    -------
    Model
        As written.
    """
    hashes = {"weights_sha256": "", "onnx_sha256": ""}
    # both are complete before either is moved into place: a kill must not part them
    with ExitStack() as moved:
        part = moved.enter_context(replacing(folder / WEIGHTS))
        write_weights(part)
        hashes["weights_sha256"] = sha256(part)
        if write_onnx:
            part = moved.enter_context(replacing(folder / ONNX))
            write_onnx(part)
            hashes["onnx_sha256"] = sha256(part)
    write_json(folder / DESCRIPTION, asdict(model) | hashes)
    return load(folder)


def load(folder: Path) -> Model:
    """Read and check a model's description, and that its files are those it names.

    Raises
    ------
    UsageError
        If there is no model.
    UserError
        If it is damaged.
    """
    path = folder / DESCRIPTION
    if not path.is_file():
        have = ", ".join(names(folder.parent)) or "none yet: train one with --train"
        raise UsageError(
            f"no model in {folder}/ (--models names another folder); those there are: {have}"
        )
    remedy = "train it again, or fetch it again"
    content = read_json(path, remedy=remedy)
    if set(content) != {entry.name for entry in fields(Model)}:
        raise UserError(f"{path} is damaged (its entries are not a model's): {remedy}")
    preset = from_dict(content.pop("preset"), where=str(path))
    model = Model(preset, **content)
    if not isinstance(model.metrics, dict) or not isinstance(model.tracks, list):
        raise UserError(f"{path} is damaged (its metrics or tracks are none): {remedy}")
    rates = (model.sample_rate, model.low_rate)
    if not all(isinstance(rate, int) and 0 < rate < 1_000_000 for rate in rates):
        raise UserError(f"{path} is damaged (its rates are no rates): {remedy}")
    if not rates[1] < rates[0] <= MAX_RATIO * rates[1] or not _positive(model.scale):
        raise UserError(f"{path} is damaged (its rates or its scale): {remedy}")
    if model.grid.step_multiple > MAX_WINDOW:
        raise UserError(f"{path} is damaged (its rates share no period): {remedy}")
    for name, expected in ((WEIGHTS, model.weights_sha256), (ONNX, model.onnx_sha256)):
        absent = name == ONNX and expected == ""
        if not absent and (not (folder / name).is_file() or sha256(folder / name) != expected):
            raise UserError(f"{folder / name} is not what {DESCRIPTION} names: {remedy}")
    return model


def names(models: Path = MODELS) -> list[str]:
    """List the models of a folder."""
    return sorted(path.parent.name for path in models.glob(f"[!.]*/{DESCRIPTION}"))


def find(models: Path, name: str) -> Path:
    """Give the folder of a model that exists; the shipped one from wherever the call is made.

    Raises
    ------
    UsageError
        If the name would lead elsewhere.
    """
    here = folder(models, name)
    if name == SHIPPED and not (here / DESCRIPTION).is_file():
        return HOME / SHIPPED
    return here


def default(models: Path, *, own: bool) -> Path:
    """Give the folder of the model that is taken where none is named.

    Parameters
    ----------
    models : Path
    own : bool
        Scanned tracks are asked for: the model that was trained last learnt from them.
        For any other file it is the one that comes with the project.
    """
    trained = _newest(models) if own else None
    return trained or find(models, SHIPPED)


def _newest(models: Path) -> Path | None:
    # of those that were trained here
    remedy = "remove it or train it again"
    dated = [
        (str(read_json(models / name / DESCRIPTION, remedy=remedy).get("trained")), name)
        for name in names(models)
        if name != SHIPPED
    ]
    return models / max(dated)[1] if dated else None


def describe(folder: Path, model: Model) -> str:
    """Say in one line what a model is and what it reached."""
    reached = model.metrics
    return (
        f"{folder}/: preset {model.preset.name}, {model.preset.target}, "
        f"best in epoch {reached['epoch']}: validation loss {reached['val_loss']:.4f} "
        f"(MAE {reached['val_mae_lsb']:.1f} LSB)"
    )


def _positive(number: object) -> bool:
    return isinstance(number, int | float) and math.isfinite(number) and number > 0


def load_weights(network: keras.Model, folder: Path) -> None:
    """Read a model's weights into its network.

    Raises
    ------
    UserError
        If they do not fit the network that model.json describes.
    """
    try:
        network.load_weights(folder / WEIGHTS)
    except (ValueError, KeyError, OSError) as error:
        raise UserError(
            f"{folder / WEIGHTS} does not hold the network that {DESCRIPTION} "
            f"describes: train it again, or fetch it again"
        ) from error
