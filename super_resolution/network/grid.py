"""The exact arithmetic between the two rates.

Everything here is integers and one `Fraction`, the ratio high rate / low rate:
44100/15000 = 147/50, so 50 low samples are exactly 147 high samples. High
sample n falls on low sample `n * 50 // 147`. A grid says at which of the two
rates the network steps:

    hold       a step is a high sample and gives it; it sees the low sample that
               the high sample falls on, so each is repeated 2 or 3 times
    polyphase  a step is a low sample and gives the high samples that fall on it,
               2 or 3 of them

A network may take several steps of polyphase at once, as one frame: 10 low samples
give 29 or 30 of its ceil(10 * 147/50) outputs; the others are not used.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm

import numpy as np

from super_resolution.network.config import GRIDS, NetworkConfig


@dataclass(frozen=True)
class Grid:
    """At which rate the network steps, and what falls on each step.

    Parameters
    ----------
    name : {"hold", "polyphase"}
    ratio : Fraction
        High rate / low rate, over 1.
    samples_per_frame : int
        Steps that the LSTM sees at once; 1 on `hold`.
    """

    name: str
    ratio: Fraction
    samples_per_frame: int = 1

    def __post_init__(self) -> None:
        if self.name not in GRIDS:
            raise ValueError(f"grid is {self.name!r}, expected one of {', '.join(GRIDS)}")
        if self.ratio <= 1:
            raise ValueError(f"ratio is {self.ratio}, expected more than 1")
        if self.samples_per_frame < 1 or (self.name == "hold" and self.samples_per_frame > 1):
            raise ValueError(
                f"samples_per_frame is {self.samples_per_frame}, expected 1 on hold, else 1 or more"
            )

    @classmethod
    def of(cls, config: NetworkConfig, ratio: Fraction) -> "Grid":
        """Give the grid that a network steps on."""
        return cls(config.grid, ratio, config.samples_per_frame)

    @property
    def outputs(self) -> int:
        """Outputs of the network at each frame."""
        return 1 if self.name == "hold" else ceil(self.samples_per_frame * self.ratio)

    @property
    def period(self) -> int:
        """Steps after which the pattern of low and high samples repeats."""
        return self.ratio.numerator if self.name == "hold" else self.ratio.denominator

    @property
    def step_multiple(self) -> int:
        """What the steps of windows and of their starts are a multiple of.

        On `polyphase` it is a whole number of periods and of frames: then a window
        always covers the same number of high samples, and one fixed gather serves
        all windows.
        """
        return 1 if self.name == "hold" else lcm(self.period, self.samples_per_frame)

    def whole_steps(self, steps: int) -> int:
        """Give the nearest legal count of steps, at least one multiple."""
        return max(1, round(steps / self.step_multiple)) * self.step_multiple

    def samples_of_steps(self, steps: int) -> int:
        """Give how many high samples `steps` steps cover; steps of legal counts only."""
        if steps % self.step_multiple:
            raise ValueError(f"{steps} steps, expected a multiple of {self.step_multiple}")
        return steps if self.name == "hold" else int(steps * self.ratio)

    def low_index(self, steps: np.ndarray) -> np.ndarray:
        """Give the low sample that each step sees.

        Parameters
        ----------
        steps : ndarray of int
            Positions on the grid; negative ones lie before the song.

        Returns
        -------
        ndarray of int64
            `steps * 50 // 147` on `hold` (at the ratio 147/50), `steps` on `polyphase`.
        """
        steps = np.asarray(steps, np.int64)
        if self.name == "polyphase":
            return steps
        return steps * self.ratio.denominator // self.ratio.numerator

    def gather_index(self, steps: int) -> np.ndarray:
        """Give where in the network's outputs each high sample of a window lies.

        Parameters
        ----------
        steps : int
            Steps of the window, a legal count.

        Returns
        -------
        ndarray of int64, shape (samples_of_steps(steps),)
            Positions in the outputs of shape (steps / samples_per_frame, outputs), flattened.
        """
        frames = np.arange(self.samples_of_steps(steps), dtype=np.int64)
        if self.name == "hold":
            return frames
        up, down = self.ratio.numerator, self.ratio.denominator
        frame = frames * down // up // self.samples_per_frame
        first = -(-frame * self.samples_per_frame * up // down)  # high sample of it
        return frame * self.outputs + frames - first
