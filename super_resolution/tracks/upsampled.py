"""The upsampled versions of a track: `upsampled/<model>.wav`, and how it was made in a `.json`.

model, trained  the network, and when it was trained
weights_sha256  of its weights' file
gain_db         of the added band; null if the network outputs the whole band
output_gain_db  of the whole, if it was changed
window_frames   samples from one window of prediction to the next
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from super_resolution.errors import UsageError, command
from super_resolution.files import read_json
from super_resolution.tracks.track import Track

FOLDER = "upsampled"  # in a track's folder
MAX_WINDOW_FRAMES = 1 << 20  # samples
MAX_GAIN_DB = 120.0


@dataclass(frozen=True)
class Upsampled:
    """What one network made of a track.

    Parameters
    ----------
    path : Path
        The WAV.
    info : dict
        The content of its JSON file, which is not trusted; empty without one.
    """

    path: Path
    info: dict

    @property
    def name(self) -> str:
        """The name of the network."""
        return self.path.stem

    @property
    def trained(self) -> str:
        """When the network was trained, ISO 8601 in UTC; empty if that is not known."""
        trained = self.info.get("trained")
        return trained if isinstance(trained, str) else ""

    @property
    def gain_db(self) -> float | None:
        """The gain of the added band; None if it cannot be changed."""
        return _gain(self.info.get("gain_db"))

    @property
    def output_gain_db(self) -> float:
        """The gain of the whole output."""
        return _gain(self.info.get("output_gain_db")) or 0.0

    @property
    def window_frames(self) -> int | None:
        """Samples from one window of the network to the next; None if that is not known."""
        window = self.info.get("window_frames")
        return window if isinstance(window, int) and 0 < window <= MAX_WINDOW_FRAMES else None


def _gain(value: object) -> float | None:
    # JSON has neither infinity nor NaN, but Python's parser reads them
    valid = isinstance(value, int | float) and math.isfinite(value) and abs(value) <= MAX_GAIN_DB
    return float(value) if valid else None  # type: ignore[arg-type]


def wav_of(folder: Path, model: str) -> Path:
    """Give the path of a network's version in a track's folder."""
    return folder / FOLDER / f"{model}.wav"


def wavs_of(folder: Path) -> list[Path]:
    """Find the upsampled versions in a track's folder, by name."""
    return sorted((folder / FOLDER).glob("[!.]*.wav"))


def find_upsampled(track: Track) -> list[Upsampled]:
    """Find the upsampled versions of a track and their descriptions, by name.

    Raises
    ------
    UserError
        If a description is damaged.
    """
    return [
        Upsampled(path, _read_info(path.with_suffix(".json"), track))
        for path in wavs_of(track.folder)
    ]


def _read_info(path: Path, track: Track) -> dict:
    if not path.is_file():
        return {}
    return read_json(path, remedy=f"run {command('predict')} {track.folder} again")


def choose(
    versions: list[Upsampled], names: Iterable[str], *, shipped: str, track: Track
) -> list[Upsampled]:
    """Choose the versions to draw and to listen to.

    Parameters
    ----------
    versions : list of Upsampled
    names : iterable of str
        Of the networks; if empty, the shipped one and that of the others which was trained last.
    shipped : str
        The name of the network that comes with the package.
    track : Track
        For the error.

    Raises
    ------
    UsageError
        If a name is that of no version.
    """
    by_name = {version.name: version for version in versions}
    names = list(dict.fromkeys(names))
    if unknown := [name for name in names if name not in by_name]:
        raise UsageError(
            f"{track.name} has no version called {', '.join(unknown)}; "
            f"it has: {', '.join(by_name) or 'none'}"
        )
    if names:
        return [by_name[name] for name in names]
    others = [version for version in versions if version.name != shipped]
    newest = max(others, key=lambda version: version.trained, default=None)
    return [version for version in (by_name.get(shipped), newest) if version]
