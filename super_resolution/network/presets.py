"""The two presets.

`faithful` is the network that its author described in 2018. `hifi` restores treble that
can be heard: ten low samples in a frame, gates that follow the loudness, a spectral loss.
A trained model keeps its preset, so a change here never changes a model that exists.
"""

from dataclasses import fields, is_dataclass

from super_resolution.errors import UsageError, UserError
from super_resolution.network.config import (
    Augmentation,
    NetworkConfig,
    PredictionConfig,
    Preset,
    TrainingConfig,
)

SHIPPED = "hifi-15k-44k"  # the model that comes with the package
FINE_TUNING = 0.25  # of the learning rate, where training starts from trained weights

FAITHFUL = Preset(
    name="faithful",
    network=NetworkConfig(
        grid="hold",
        samples_per_frame=1,
        encoding="offset",
        signed=False,
        bands=0,
        lstm_units=(300, 300),
        dense_units=(500, 500),
        last_units=20,
        gated=False,
        target="residual",
        high_pass=False,
    ),
    training=TrainingConfig(
        window=50,
        segment=1,
        batch_size=128,
        loss="mae",
        loss_weights=(1.0, 0.0, 0.0, 0.0),
        optimizer="rmsprop",
        learning_rate=1e-4,
        lr_schedule="inverse_time",
        lr_decay=0.03,
        clip_norm=None,
        epochs=100,
    ),
    # longer than in training: the same error, with less of it run twice
    prediction=PredictionConfig(window=1000, context=25, mid_side=False, unseen_gain_db=0.0),
)
HIFI = Preset(
    name="hifi",
    network=NetworkConfig(
        grid="polyphase",
        samples_per_frame=10,
        encoding="offset",
        signed=True,
        bands=32,
        lstm_units=(64, 64),
        dense_units=(128, 128),
        last_units=128,
        gated=True,
        target="residual",
        high_pass=True,
    ),
    training=TrainingConfig(
        window=500,
        segment=20,
        batch_size=4,
        loss="mae+stft",
        loss_weights=(0.2, 0.8, 0.8, 0.5),
        optimizer="adam",
        learning_rate=4e-3,
        lr_schedule="cosine",
        lr_decay=0.0,
        clip_norm=5.0,
        epochs=60,
    ),
    prediction=PredictionConfig(window=4000, context=100, mid_side=True, unseen_gain_db=-2.0),
    augmentation=Augmentation(
        gain_db=(-12.0, 6.0), tilt_db=(-3.0, 3.0), band_limit=(0.5, 0.9), low_pass=(0.8, 0.98)
    ),
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
        The class to make, for the parts of a preset.

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
