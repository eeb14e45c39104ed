"""Load Keras without its backend's start-up chatter.

TensorFlow's native code writes several lines about CPUs and missing GPUs to file
descriptor 2 before any logging setting holds. They would bury the lines that the
scripts print, so they are caught while Keras loads, and shown if that fails.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

STDERR = 2  # file descriptor


def load() -> None:
    """Import Keras and its backend, quietly."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _caught_stderr():
        import keras

        # some backends look for devices only when asked
        keras.distribution.list_devices()


@contextmanager
def _caught_stderr() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(STDERR)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), STDERR)
        try:
            yield
        except BaseException:
            caught.seek(0)
            os.write(kept, caught.read())
            raise
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
