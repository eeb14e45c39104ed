"""The exact arithmetic between the two rates.

Everything here is integers and one `Fraction`, the ratio high rate / low rate:
44100/15000 = 147/50, so 50 low samples are exactly 147 high samples. High
sample n falls on low sample `n * 50 // 147`. A grid says at which of the two
rates the network takes samples:

    hold       a step is a high sample and gives it; it sees the low sample that the high
               sample falls on, so each is repeated 2 or 3 times (`faithful`)
    polyphase  a step is a low sample; 150 of them, a step of the LSTM, give 441 high samples
               (`hifi`)
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from super_resolution.errors import UsageError
from super_resolution.network.filterbank import HIGH_HOP, LOW_HOP, STEP
from super_resolution.network.presets import NetworkConfig

GRIDS = ("hold", "polyphase")
POLYPHASE_RATIO = Fraction(HIGH_HOP, LOW_HOP)


@dataclass(frozen=True)
class Grid:
    """At which rate the network takes samples, and what falls on each step.

    Parameters
    ----------
    name : {"hold", "polyphase"}
    ratio : Fraction
        High rate / low rate, over 1.

    Raises
    ------
    UsageError
        If the filterbank of `polyphase` does not fit the ratio.
    """

    name: str
    ratio: Fraction

    def __post_init__(self) -> None:
        if self.name not in GRIDS:
            raise ValueError(f"grid is {self.name!r}, expected one of {', '.join(GRIDS)}")
        if self.ratio <= 1:
            raise ValueError(f"ratio is {self.ratio}, expected more than 1")
        if self.name == "polyphase" and self.ratio != POLYPHASE_RATIO:
            raise UsageError(
                f"the preset hifi goes from 15000 to 44100 Hz, a ratio of {POLYPHASE_RATIO}, and "
                f"this is a ratio of {self.ratio}: scan again without --low-rate and "
                f"--downsample, or take the preset faithful"
            )

    @classmethod
    def of(cls, config: NetworkConfig, ratio: Fraction) -> "Grid":
        """Give the grid that a network steps on."""
        return cls("polyphase" if config.restores_treble else "hold", ratio)

    @property
    def step_multiple(self) -> int:
        """What the steps of windows and of their starts are a multiple of."""
        return 1 if self.name == "hold" else STEP

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
