"""What a worker does: upsample a file, or prepare, upsample in part and join a long one.

Every task may be repeated, since its worker may die at any time.
"""

import threading
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass
from fractions import Fraction
from io import StringIO
from pathlib import Path

from super_resolution.audio.blocks import scaled_frames
from super_resolution.cluster import long_file
from super_resolution.cluster.long_file import LongFile
from super_resolution.engines.base import EngineOptions
from super_resolution.errors import UserError
from super_resolution.files import sha256
from super_resolution.network.saved_model import WEIGHTS
from super_resolution.upsampling.job_runner import Gains, run_jobs
from super_resolution.upsampling.jobs import Job, check_rate
from super_resolution.upsampling.segments import Segments
from super_resolution.upsampling.upsampler import Upsampler

CUT_FROM = 3  # segments: shorter files are one task

# an engine serves one thread at a time
_loaded = threading.local()


@dataclass(frozen=True)
class Recipe:
    """What all files of one call have in common.

    Parameters
    ----------
    model : str
    models : Path
    weights : str
        SHA-256 of the model's weights: another machine may have others.
    engine : EngineOptions
    gains : Gains
    keep, cutoff_hz
        As for `run_jobs`.
    force : bool
        Take files below the model's rate.
    """

    model: str
    models: Path
    weights: str
    engine: EngineOptions
    gains: Gains
    keep: bool
    cutoff_hz: float | None
    force: bool


@dataclass(frozen=True)
class Done:
    """A file that is upsampled.

    Parameters
    ----------
    lines, warnings : tuple of str
        For the user.
    """

    lines: tuple[str, ...]
    warnings: tuple[str, ...]


def upsample_or_prepare(job: Job, recipe: Recipe) -> Done | LongFile:
    """Upsample a file, or prepare a long one.

    Raises
    ------
    UserError
        If it cannot be read or written, or the model cannot do it.
    """
    upsampler, told = _upsampler(recipe), _Told()
    # whether the output may be replaced was asked before: a task that is repeated replaces it
    check_rate(job, upsampler.model, replace=not recipe.keep, force=recipe.force)
    if _is_long(job, upsampler):
        run = _Told().runner(recipe)
        return long_file.prepare(job, upsampler, run, _origin(job, recipe))
    told.runner(recipe)(job, upsampler)
    return told.done()


def upsample_part(job: Job, recipe: Recipe, long: LongFile, number: int) -> None:
    """Upsample a segment of a long file."""
    long_file.upsample_part(long, number, _upsampler(recipe))


def join(job: Job, recipe: Recipe, long: LongFile) -> Done:
    """Join the segments of a long file."""
    told = _Told()
    long_file.join(job, _upsampler(recipe), told.runner(recipe), long)
    return told.done()


class _Told:
    """What the user is told on this machine, to be told where he is."""

    def __init__(self) -> None:
        self.lines, self._warnings = [], StringIO()  # type: list[str], StringIO

    def runner(self, recipe: Recipe) -> long_file.Run:
        """Give what upsamples one file."""

        def run(job: Job, upsampler: Upsampler) -> None:
            # neither is this the user's terminal, nor would he see the warnings
            with redirect_stderr(self._warnings):
                run_jobs(
                    [job],
                    upsampler,
                    recipe.gains,
                    log=self.lines.append,
                    keep=recipe.keep,
                    cutoff_hz=recipe.cutoff_hz,
                )

        return run

    def done(self) -> Done:
        return Done(tuple(self.lines), tuple(self._warnings.getvalue().splitlines()))


def _upsampler(recipe: Recipe) -> Upsampler:
    if getattr(_loaded, "recipe", None) != recipe:
        upsampler = Upsampler.from_pretrained(
            recipe.model, models=recipe.models, **asdict(recipe.engine)
        )
        if sha256(upsampler.folder / WEIGHTS) != recipe.weights:
            raise UserError(
                f"{upsampler.folder} holds other weights on a worker than here: install the same "
                f"version there, or name a folder that all see with --models"
            )
        _loaded.recipe, _loaded.upsampler = recipe, upsampler
    return _loaded.upsampler


def _is_long(job: Job, upsampler: Upsampler) -> bool:
    # by the header; where it says nothing, the file stays whole
    low = scaled_frames(job.audio.frames or 0, Fraction(upsampler.low_rate, job.audio.sample_rate))
    return Segments.of(upsampler.model).count(low) >= CUT_FROM


def _origin(job: Job, recipe: Recipe) -> dict:
    source = job.audio.path.stat()
    return {
        "bytes": source.st_size,
        "changed": source.st_mtime_ns,
        "weights": recipe.weights,
        "engine": recipe.engine.engine,
        "precision": recipe.engine.precision,
        **asdict(recipe.gains),
        "keep": recipe.keep,
        "cutoff_hz": recipe.cutoff_hz,
    }
