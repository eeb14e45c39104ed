"""The presets that there are, by name.

`seed` is the network as its author gave it in 2018. `hifi` is the one that a
listener can hear: ten low samples a step, gates that follow how loud the music is,
and a loss that looks at the spectrum.
"""

from super_resolution.preset import Preset

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
