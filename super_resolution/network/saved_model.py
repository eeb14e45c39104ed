"""models/<name>/: a trained network on disk.

    model.safetensors  the weights, with the description among their metadata
    model.json         the description for people: preset, rates, scale, tracks and licences
    log.csv, loss.png  the course of the training
    checkpoint/        what `--resume` goes on from

The description is read from the weights' own file: no kill can part the two. Every engine
builds the network from this project's code; a file holds numbers only.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from fractions import Fraction
from math import prod
from pathlib import Path

import numpy as np

from super_resolution.errors import UsageError, UserError
from super_resolution.files import parse_json, replacing, write_json
from super_resolution.network import architecture, presets
from super_resolution.network.filterbank import BANDS
from super_resolution.network.grid import POLYPHASE_RATIO, Grid
from super_resolution.network.presets import ENCODINGS, NetworkConfig, Preset

WEIGHTS = "model.safetensors"
DESCRIPTION = "model.json"
METADATA_KEY = "description"  # of the description among the weights' metadata
PRETRAINED = Path(__file__).parent.parent / "pretrained"  # the models that come with the package
MAX_RATIO = 64  # high rate / low rate
MAX_RATE = 1_000_000  # Hz
MAX_SCALE = 1e6  # LSB
MAX_WEIGHTS = 50_000_000  # 200 MB; `faithful` has 3.3 million
REMEDY = "train it again, or fetch it again"


@dataclass(frozen=True)
class Model:
    """The description of a trained network.

    Parameters
    ----------
    preset : Preset
    sample_rate, low_rate : int
        In Hz.
    downsample : str
        How the low versions that it was trained on were made.
    scale : float
        LSB for each unit of the network's output.
    tracks : tuple of dict
        Name, title, source and licence of what it was trained on.
    trained : str
        When, ISO 8601 in UTC.
    metrics : dict
        The best epoch and its losses.
    """

    preset: Preset
    sample_rate: int
    low_rate: int
    downsample: str
    scale: float
    tracks: tuple[dict, ...]
    trained: str = ""
    metrics: dict = field(default_factory=dict)

    @property
    def grid(self) -> Grid:
        """The grid that the network steps on."""
        return Grid.of(self.preset.network, Fraction(self.sample_rate, self.low_rate))

    @property
    def context(self) -> int:
        """Steps at either end of a window of prediction that are thrown away."""
        context = self.preset.prediction.context
        return self.grid.whole_steps(context) if context else 0

    @property
    def predict_steps(self) -> int:
        """Steps of a window of prediction; more than its two contexts at any ratio."""
        wanted = self.grid.whole_steps(self.preset.prediction.window)
        return max(wanted, 2 * self.context + self.grid.step_multiple)


def weight_shapes(config: NetworkConfig) -> dict[str, tuple[int, ...]]:
    """Give the shapes of the arrays, as Keras has them, by names like `dense_1.kernel`."""
    shapes: dict[str, tuple[int, ...]] = {}
    width = architecture.FEATURES + 1 if config.restores_treble else ENCODINGS[config.encoding]
    for number, (units, dense_units) in enumerate(architecture.layers(config), start=1):
        if units:
            for side in ("forward", "backward"):
                layer = f"bi_lstm_{number}.{side}"
                shapes[f"{layer}.kernel"] = (width, 4 * units)
                shapes[f"{layer}.recurrent_kernel"] = (units, 4 * units)
                shapes[f"{layer}.bias"] = (4 * units,)
            width = 2 * units
        shapes[f"dense_{number}.kernel"] = (width, dense_units)
        shapes[f"dense_{number}.bias"] = (dense_units,)
        width = dense_units
    name, outputs = ("envelope", 2 * BANDS) if config.restores_treble else ("output", 1)
    return shapes | {f"{name}.kernel": (width, outputs), f"{name}.bias": (outputs,)}


def save(folder: Path, model: Model, weights: dict[str, np.ndarray]) -> None:
    """Write a model; `weights` are float32, as `weight_shapes` names and shapes them."""
    from safetensors.numpy import save as to_bytes

    shapes = weight_shapes(model.preset.network)
    right_types = all(array.dtype == np.float32 for array in weights.values())
    if not right_types or {name: array.shape for name, array in weights.items()} != shapes:
        raise ValueError("the weights do not fit the network of the preset")
    description = asdict(model)
    with replacing(folder / WEIGHTS) as part:
        # safetensors writes the memory of an array, whatever its strides
        arrays = {name: np.ascontiguousarray(array) for name, array in weights.items()}
        part.write_bytes(to_bytes(arrays, {METADATA_KEY: json.dumps(description)}))
    write_json(folder / DESCRIPTION, description)


def load(folder: Path) -> Model:
    """Read a model's description; a UsageError if there is none, a UserError if it is damaged."""
    path = folder / WEIGHTS
    if not path.is_file():
        have = ", ".join(names(folder.parent))
        raise UsageError(
            f"no model in {folder}/ (--models names another folder); those there are: {have}"
        )
    metadata = _read(path, lambda file: file.metadata()) or {}
    if METADATA_KEY not in metadata:
        raise UserError(f"{path} holds no description of a network: {REMEDY}")
    where = f"the description in {path}"
    content = parse_json(metadata[METADATA_KEY], where=where, remedy=REMEDY)
    if set(content) != {entry.name for entry in fields(Model)}:
        raise UserError(f"{where} is damaged (its entries are not a model's): {REMEDY}")
    content["preset"] = presets.from_dict(content["preset"], where=where)
    content["tracks"] = tuple(content["tracks"]) if isinstance(content["tracks"], list) else None
    model = Model(**content)
    if problem := _problem(model):
        raise UserError(f"{where} is damaged ({problem}): {REMEDY}")
    return model


def _problem(model: Model) -> str:
    rates = (model.sample_rate, model.low_rate)
    texts = (model.downsample, model.trained)
    if not all(type(rate) is int and 0 < rate < MAX_RATE for rate in rates):
        return "its rates are no whole numbers of Hz"
    if not rates[1] < rates[0] <= MAX_RATIO * rates[1]:
        return f"its rates are {rates[0]} and {rates[1]} Hz"
    if not isinstance(model.scale, int | float) or not 0 < model.scale < MAX_SCALE:
        return "its scale is no number above 0"
    if model.tracks is None or not all(isinstance(track, dict) for track in model.tracks):
        return "its tracks are no list of objects"
    if not isinstance(model.metrics, dict) or not all(isinstance(text, str) for text in texts):
        return "its metrics or its texts have another type"
    return size_problem(model.preset.network, Fraction(*rates))


def size_problem(config: NetworkConfig, ratio: Fraction) -> str:
    """Say why a network would be too large to build, or not fit its rates; empty if neither."""
    if config.restores_treble and ratio != POLYPHASE_RATIO:
        return "its network does not fit its rates"
    count = sum(map(prod, weight_shapes(config).values()))
    return f"its network has {count:,} weights" if count > MAX_WEIGHTS else ""


def load_weights(folder: Path, model: Model) -> dict[str, np.ndarray]:
    """Read a model's weights, once their names, types and shapes are known to fit.

    Returns
    -------
    dict of ndarray, float32
        As `weight_shapes` names them.

    Raises
    ------
    UserError
        If they do not fit the description, or are not finite.
    """
    path, shapes = folder / WEIGHTS, weight_shapes(model.preset.network)

    def arrays(file) -> dict[str, np.ndarray]:
        slices = {name: file.get_slice(name) for name in list(file.keys())}
        held = {name: (tuple(s.get_shape()), s.get_dtype()) for name, s in slices.items()}
        if held != {name: (shape, "F32") for name, shape in shapes.items()}:
            raise UserError(
                f"{path} does not hold the network that it describes, or was made by another "
                f"version: {REMEDY}"
            )
        return {name: file.get_tensor(name) for name in shapes}

    weights = _read(path, arrays)
    bad = [name for name, array in weights.items() if not np.isfinite(array).all()]
    if bad:
        raise UserError(f"{path} holds weights that are no numbers ({', '.join(bad)}): {REMEDY}")
    return weights


def _read(path: Path, take):
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return take(file)
    except SafetensorError as error:
        raise UserError(f"{path} is damaged ({error}): {REMEDY}") from error


def names(models: Path) -> list[str]:
    """List the models of a folder, and those that come with the package."""
    found = [*models.glob(f"[!.]*/{WEIGHTS}"), *PRETRAINED.glob(f"*/{WEIGHTS}")]
    return sorted({path.parent.name for path in found})


def folder(models: Path, name: str) -> Path:
    """Give the folder of a model in `models`.

    Raises
    ------
    UsageError
        If the name would lead elsewhere.
    """
    if not name or name.startswith(".") or Path(name).name != name or "\\" in name:
        raise UsageError(f"{name!r} is no name of a model: give that of a folder in {models}/")
    return models / name


def find(models: Path, name: str) -> Path:
    """Give the folder of a model: in `models`, or among those that come with the package."""
    own, pretrained = folder(models, name), PRETRAINED / name
    shipped = not (own / WEIGHTS).is_file() and (pretrained / WEIGHTS).is_file()
    return pretrained if shipped else own


def newest(models: Path) -> Path | None:
    """Give the folder of the model of `models` that was trained last."""
    folders = [path.parent for path in models.glob(f"[!.]*/{WEIGHTS}")]
    return max(folders, key=lambda folder: (load(folder).trained, folder.name), default=None)
