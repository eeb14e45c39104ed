"""Time and memory of `--predict` by the length of the file."""

from collections.abc import Sequence
from statistics import median

import numpy as np
from harness import CommandResult, Session, in_child, predict_command, run_script
from tables import spread, table
from workloads import make_model, make_wav

from super_resolution.engines.base import EngineOptions
from super_resolution.errors import UsageError
from super_resolution.network.presets import Preset
from super_resolution.tracks.track import LOW_RATE

LENGTHS = (1.0, 10.0, 60.0, 300.0, 900.0, 3600.0)  # seconds
REFERENCE = 300.0  # seconds: longer files are compared with the memory of this length
HEAD = ("stereo, s", "time, s", "x real time", "off the line", "peak MB")

Results = dict[float, list[CommandResult]]  # by length, one for each round


def measure_lengths(session: Session, preset: Preset, lengths: list[float]) -> str:
    """Measure whole runs of `--predict` on stereo files; gives the text to print."""
    if len(set(lengths)) < 2:
        raise UsageError("--points needs at least two lengths to fit a line")
    folder = in_child(make_model, session.scratch / preset.name, preset)
    output, files = session.scratch / "out.wav", {}
    for seconds in sorted(lengths):
        path = session.scratch / f"{seconds:g}.wav"
        files[seconds] = make_wav(path, rate=LOW_RATE, channels=2, seconds=seconds)
    results: Results = {length: [] for length in files}
    for _ in session.progress("lengths"):
        for length, file in files.items():
            command = predict_command(folder, file, output, EngineOptions())
            results[length].append(run_script(*command))
            output.unlink()
    return describe(results)


def fit_line(amounts: Sequence[float], times: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Fit a line to times by amounts; gives its slope, its start, and how far off each time is."""
    # weighted by 1 / time: relative errors count alike at all amounts
    slope, start = np.polyfit(amounts, times, 1, w=1 / times)
    return slope, start, times / (start + slope * np.array(amounts)) - 1


def describe(results: Results) -> str:
    """Format a table of the results, and the line through the times."""
    times = np.array([median(run.seconds for run in runs) for runs in results.values()])
    peaks = {length: median(run.memory for run in runs) for length, runs in results.items()}
    slope, start, off = fit_line(list(results), times)
    rows = []
    for (length, runs), time, error in zip(results.items(), times, off, strict=True):
        seconds = spread([run.seconds for run in runs])
        speed, peak = f"{length / time:.3g}", f"{peaks[length]:.0f}"
        rows.append((f"{length:g}", seconds, speed, f"{error:+.1%}", peak))
    text = f"{start:.2f} s to start, {slope * 1e3:.2f} ms a second ({1 / slope:.3g} x)"
    longest = max(peaks)
    if REFERENCE in peaks and longest > REFERENCE:
        share = peaks[longest] / peaks[REFERENCE]
        text += f"\npeak memory of {longest:g} s is {share:.3f} x that of {REFERENCE:g} s"
    return f"{table(HEAD, rows)}\n\n{text}"
