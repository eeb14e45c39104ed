"""What a song costs by its length: time should be a straight line, memory a flat one."""

from statistics import median

import measuring
import numpy as np
from bench import Bench, predict
from measuring import Ran
from rows import spread, table

from super_resolution.engines.base import EngineOptions
from super_resolution.errors import UsageError
from super_resolution.network.config import Preset
from super_resolution.tracks.track import LOW_RATE

POINTS = (1.0, 10.0, 60.0, 300.0, 900.0, 3600.0)  # seconds
BASE = 300.0  # seconds: what the memory of longer ones is held against
HEAD = ("stereo, s", "wall, s", "x real time", "off the line", "peak MB")


def lengths(bench: Bench, preset: Preset, points: list[float]) -> str:
    """Measure whole runs of --predict on stereo files; gives what to print.

    Parameters
    ----------
    bench : Bench
    preset : Preset
    points : list of float
        Seconds of music.

    Raises
    ------
    UsageError
        If there are fewer than two.
    """
    if len(set(points)) < 2:
        raise UsageError("--points needs two lengths at least: one point makes no line")
    folder, output = bench.model(preset), bench.scratch / "out.wav"
    form = {"rate": LOW_RATE, "channels": 2}
    files = {point: bench.wav(f"{point:g}", **form, seconds=point) for point in sorted(points)}
    found: dict[float, list[Ran]] = {point: [] for point in files}
    for _ in bench.rounds("lengths"):
        for point, file in files.items():
            found[point].append(measuring.run(*predict(folder, file, output, EngineOptions())))
            output.unlink()
    return "\n".join([_points(found), "", *_line(found), *_memory(found)])


def _points(found: dict[float, list[Ran]]) -> str:
    start, slope = _fit(found)
    rows = []
    for point, runs in found.items():
        walls = [ran.seconds for ran in runs]
        off = median(walls) / (start + slope * point) - 1
        speed, memory = point / median(walls), median(ran.memory for ran in runs)
        rows.append((f"{point:g}", spread(walls), f"{speed:.3g}", f"{off:+.1%}", f"{memory:.0f}"))
    return table(HEAD, rows)


def _fit(found: dict[float, list[Ran]]) -> tuple[float, float]:
    # seconds of starting up, and for a second of music; an hour must not outweigh a minute
    walls = [median(ran.seconds for ran in runs) for runs in found.values()]
    slope, start = np.polyfit(list(found), walls, 1, w=1 / np.array(walls))
    return start, slope


def _line(found: dict[float, list[Ran]]) -> list[str]:
    start, slope = _fit(found)
    return [f"the line: {start:.2f} s, and {slope * 1e3:.2f} ms for a second ({1 / slope:.3g} x)"]


def _memory(found: dict[float, list[Ran]]) -> list[str]:
    # the longest against the base, where both are among the points
    longest = max(found)
    if BASE not in found or longest == BASE:
        return []
    peaks = {point: median(ran.memory for ran in found[point]) for point in (BASE, longest)}
    share = peaks[longest] / peaks[BASE]
    return [f"peak memory of {longest:g} s is {share:.3f} x that of {BASE:g} s"]
