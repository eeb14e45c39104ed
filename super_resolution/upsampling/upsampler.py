"""The upsampler as one object: a model and the engine that runs it.

from super_resolution import Upsampler
upsampler = Upsampler.from_pretrained()
high, rate = upsampler(samples, 15000)
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from numbers import Integral
from pathlib import Path

import numpy as np

from super_resolution.audio.pcm import Clipping
from super_resolution.engines.base import Engine, EngineOptions
from super_resolution.engines.choose import load_engine
from super_resolution.errors import UsageError
from super_resolution.network import saved_model
from super_resolution.network.presets import SHIPPED
from super_resolution.network.saved_model import Model
from super_resolution.upsampling.keeping.any_rate import Band, upsample_any_rate
from super_resolution.upsampling.samples import CheckedBlocks, as_type


class Upsampler:
    """Upsample signals with a trained network.

    Parameters
    ----------
    folder : Path
        The model's folder.
    model : Model
    engine : Engine
        With the model's weights.
    """

    def __init__(self, folder: Path, model: Model, engine: Engine) -> None:
        self.folder, self.model, self.engine = folder, model, engine

    @classmethod
    def from_pretrained(
        cls,
        name: str = SHIPPED,
        *,
        models: Path | str = "models",
        engine: str = "auto",
        precision: str = "f32",
        threads: int | None = None,
    ) -> "Upsampler":
        """Load a model by its name.

        Parameters
        ----------
        name : str
            A folder of `models`, or a model that comes with the package.
        models : path
        engine : {"auto", "keras", "onnx", "openvino"}
            `auto` is the fastest that is installed.
        precision : {"f32", "bf16"}
            Of matrix products; bf16 needs OpenVINO and a CPU that has it.
        threads : int, optional
            One for each core unless given.

        Raises
        ------
        UsageError
            If there is no such model or engine.
        UserError
            If the model is damaged.
        """
        folder = saved_model.find(Path(models), name)
        model = saved_model.load(folder)
        weights = saved_model.load_weights(folder, model)
        return cls(
            folder, model, load_engine(model, weights, EngineOptions(engine, precision, threads))
        )

    @property
    def low_rate(self) -> int:
        """The rate that the network takes, in Hz."""
        return self.model.low_rate

    @property
    def sample_rate(self) -> int:
        """The rate of what comes out, in Hz."""
        return self.model.sample_rate

    def __call__(
        self,
        samples: np.ndarray,
        sample_rate: int,
        *,
        gain_db: float = 0.0,
        keep: bool = True,
        cutoff_hz: float | None = None,
        match: bool = True,
    ) -> tuple[np.ndarray, int]:
        """Upsample a whole signal.

        Parameters
        ----------
        samples : ndarray, int16 or float, shape (frames,) or (frames, channels)
            Floats are in [-1, 1]; one or two channels. The network sees them rounded to
            16 bits.
        sample_rate : int
            In Hz. The network takes the signal at `low_rate`: one at another rate is resampled.
        gain_db, keep, cutoff_hz, match
            As for `stream`.

        Returns
        -------
        ndarray, type and channels of `samples`
            `round(frames * 44100 / sample_rate)` frames.
        int
            `self.sample_rate`.

        Raises
        ------
        ValueError
            If the samples have another type or shape, or hold NaN or infinity.
        """
        samples = np.asarray(samples)
        if samples.ndim not in (1, 2):
            raise ValueError(f"samples have shape {samples.shape}, expected (frames[, channels])")
        block = samples if samples.ndim == 2 else samples[:, np.newaxis]
        out = list(
            self.stream(
                [block],
                sample_rate=sample_rate,
                channels=block.shape[1],
                gain_db=gain_db,
                keep=keep,
                cutoff_hz=cutoff_hz,
                match=match,
            )
        )
        high = np.concatenate([np.zeros((0, block.shape[1]), block.dtype), *out])
        return (high if samples.ndim == 2 else high[:, 0]), self.sample_rate

    def stream(
        self,
        blocks: Iterable[np.ndarray],
        *,
        sample_rate: int,
        channels: int,
        gain_db: float = 0.0,
        keep: bool = True,
        cutoff_hz: float | None = None,
        match: bool = True,
        clipping: Clipping | None = None,
    ) -> Iterator[np.ndarray]:
        """Upsample a signal that comes in blocks, in bounded memory.

        Parameters
        ----------
        blocks : iterable of ndarray, int16 or float, shape (frames, channels)
            All of one type; floats are in [-1, 1].
        sample_rate, channels : int
            Of the blocks; channels are 1 or 2.
        gain_db : float
            Gain of the added band.
        keep : bool
            Keep what the signal holds up to its cut-off, and add only what is missing above;
            otherwise all above `low_rate / 2` is replaced. Only a signal at a higher rate than
            `low_rate` holds more.
        cutoff_hz : float, optional
            Up to where the signal holds sound, in Hz; infinity where it is not cut off, so that
            nothing is added. Unless given, it is measured on the first 30 seconds, which are
            buffered: `measure_cutoff` in `upsampling.keeping.bandwidth` takes all.
        match : bool
            Correct the level of what is added by the band below the cut-off in which the signal
            and the network's output overlap.
        clipping : Clipping, optional
            Counts what is clipped where the signal is rounded to 16 bits for the network.

        Yields
        ------
        ndarray, type of `blocks`, shape (frames, channels)
            At `self.sample_rate`; joined, what the whole signal would give.

        Raises
        ------
        ValueError
            If the blocks have another type or number of channels, or hold NaN or infinity.
        UsageError
            If `gain_db` is given and the model outputs the whole band.
        """
        if channels not in (1, 2):
            raise ValueError(f"{channels} channels, expected 1 or 2")
        if not isinstance(sample_rate, Integral) or sample_rate < 1:
            raise ValueError(f"sample_rate is {sample_rate!r}, expected a whole number of Hz")
        if gain_db and not self.model.preset.network.restores_treble:
            raise UsageError(
                "a gain of the added band needs a model that adds one (such as "
                f"{SHIPPED}); {self.folder.name} outputs the whole band"
            )
        band = Band(keep, cutoff_hz, gain_db, match)
        return self._stream(blocks, int(sample_rate), channels, band, clipping or Clipping())

    def _stream(
        self,
        blocks: Iterable[np.ndarray],
        rate: int,
        channels: int,
        band: Band,
        clipping: Clipping,
    ) -> Iterator[np.ndarray]:
        blocks = iter(blocks)
        first = next(blocks, None)
        if first is None:
            return
        signal = CheckedBlocks(chain([first], blocks), first.dtype, channels)
        for block in upsample_any_rate(
            signal, self.engine, self.model, band, sample_rate=rate, clipping=clipping
        ):
            yield as_type(block, first.dtype)
