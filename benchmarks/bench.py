"""What all parts of `speed.py` need: rounds, files to measure on, and calls of the scripts."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import measuring
import works
from rows import PRODUCT, Entrant, Row
from tqdm import tqdm

from super_resolution.engines.base import EngineOptions
from super_resolution.network import saved_model
from super_resolution.network.config import Preset


@dataclass(frozen=True)
class Bench:
    """How a run of the benchmark measures.

    Parameters
    ----------
    runs : int
        Rounds.
    seconds : float
        How long each speed is measured in a round, at least.
    models : Path
        Where the model lies that comes with the project.
    chosen : tuple of Preset
    scratch : Path
        A folder for files.
    """

    runs: int
    seconds: float
    models: Path
    chosen: tuple[Preset, ...]
    scratch: Path

    def rounds(self, what: str) -> Iterable[int]:
        """Count rounds, with a bar on a terminal."""
        return tqdm(range(self.runs), desc=what, unit="round", disable=None, leave=False)

    def take_part(self, entrants: list[Entrant], what: str) -> list[Row]:
        """Let all take part in all rounds; gives their rows, products last."""
        for _ in self.rounds(what):
            for entrant in entrants:
                entrant.measure(self.seconds)
        found = [item for entrant in entrants for item in entrant.rows.items()]
        return [row for _, row in sorted(found, key=lambda item: item[0] == PRODUCT)]

    def model(self, preset: Preset) -> Path:
        """Give the folder of a preset's model: the one that comes along, else a random one."""
        shipped = self.models / saved_model.SHIPPED
        there = (shipped / saved_model.DESCRIPTION).is_file()
        if there and saved_model.load(shipped).preset.name == preset.name:
            return shipped.resolve()
        folder = self.scratch / "models" / preset.name
        if not folder.is_dir():
            measuring.in_child(works.make_model, folder, preset)
        return folder

    def wav(self, name: str, *, rate: int, channels: int, seconds: float) -> Path:
        """Write a WAV of noise."""
        path = self.scratch / f"{name}.wav"
        measuring.in_child(works.make_wav, path, rate, channels, seconds)
        return path


def predict(folder: Path, file: Path, output: Path | str, wishes: EngineOptions) -> tuple:
    """Give a call of --predict."""
    where = ("--models", folder.parent, "--model", folder.name, "-o", output, "--force")
    how = ("--engine", wishes.engine, "--precision", wishes.precision)
    return ("rnn-super-resolution.py", "--predict", file, *where, *how)
