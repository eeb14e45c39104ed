"""Progress bars: seconds of music done, the speed as a multiple of real time, the time left.

They are silent where stderr is no terminal, and leave nothing behind.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
from tqdm import tqdm

KNOWN = (
    "{desc}: {percentage:3.0f}%|{bar:20}| {n:.0f} of {total:.0f} s, "
    "{speed} x real time, {remaining} left"
)
UNKNOWN = "{desc}: {n:.0f} s, {speed} x real time"  # of a stream without a stated length
MAX_NAME = 30  # characters of a file's name beside a bar


class MusicBar(tqdm):
    """A bar that counts seconds of music.

    Parameters
    ----------
    name : str
        What is done, or the file.
    seconds : float or None
        Of the whole; None if that is not known.
    """

    def __init__(self, name: str, seconds: float | None) -> None:
        short = name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"
        super().__init__(
            desc=short,
            total=seconds or None,
            bar_format=KNOWN if seconds else UNKNOWN,
            leave=False,
            disable=None,
        )

    @property
    def format_dict(self) -> dict:
        """What the format may use; `speed` is the multiple of real time."""
        values = super().format_dict
        rate = values["rate"] or (values["n"] / values["elapsed"] if values["elapsed"] else 0)
        return values | {"speed": f"{rate:.1f}" if rate < 10 else f"{rate:.0f}"}


def with_progress(
    blocks: Iterable[np.ndarray], name: str, *, sample_rate: int, frames: int | None
) -> Iterator[np.ndarray]:
    """Give blocks on, and show how far they are.

    Parameters
    ----------
    blocks : iterable of ndarray, shape (frames, channels)
    name : str
        As for `MusicBar`.
    sample_rate : int
        In Hz.
    frames : int or None
        Of all blocks; None if that is not known.
    """
    with MusicBar(name, frames and frames / sample_rate) as bar:
        for block in blocks:
            yield block
            bar.update(len(block) / sample_rate)


@contextmanager
def file_of(number: int, total: int) -> Iterator[None]:
    """Show a bar of files above that of the seconds, if there are several.

    Parameters
    ----------
    number, total : int
        Of this file, from 1, and of all.
    """
    with tqdm(
        total=total,
        initial=number - 1,
        desc=f"file {number} of {total}",
        bar_format="{desc}: {percentage:3.0f}%|{bar:20}|",
        leave=False,
        disable=True if total < 2 else None,
    ):
        yield
