"""Load Keras and its backend without their start-up chatter."""

import os

from super_resolution.quiet import caught_stderr


def load() -> None:
    """Import Keras and its backend, quietly."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with caught_stderr(shown_on_error=True):
        import keras

        # some backends look for devices only when asked
        keras.distribution.list_devices()
