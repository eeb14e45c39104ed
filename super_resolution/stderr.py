"""Keep native libraries' chatter off the terminal.

Some of them write to file descriptor 2 past every logging setting: TensorFlow about
CPUs and missing GPUs while it loads, libmpg123 about odd headers. Such lines would
bury the ones that the scripts print.
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
        Print it after all when an exception passes: it may say why.
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
