"""Suppress what native libraries write to stderr.

Some write to file descriptor 2 whatever their logging settings are: TensorFlow and ONNX
Runtime about missing GPUs. The program's own messages would be lost among such lines.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

STDERR = 2  # file descriptor


@contextmanager
def suppress_stderr(*, shown_on_error: bool) -> Iterator[None]:
    """Catch what is written to file descriptor 2.

    Parameters
    ----------
    shown_on_error : bool
        Print it after all if an exception is raised, as it may name the cause.
    """
    sys.stderr.flush()
    kept = os.dup(STDERR)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), STDERR)
        try:
            yield
        except BaseException:
            if shown_on_error:
                caught.seek(0)
                os.write(kept, caught.read())
            raise
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
