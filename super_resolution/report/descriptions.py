"""Sentences about an evaluation, for the terminal, the report and the listening page."""

import math

from super_resolution import errors
from super_resolution.evaluation.evaluate import Evaluation, Results
from super_resolution.evaluation.methods import NETWORK
from super_resolution.tracks.track import Track

MIN_RMS = 10.0  # LSB: a quieter part is a rest or the fade at the end of the song
DOWNSAMPLING = {
    "soxr": "by soxr, band-limited",
    "decimate": "without an anti-aliasing filter, so it aliases",
}


def heading(evaluation: Evaluation) -> str:
    """Describe in one line the evaluated part and the network."""
    info, (start, end) = evaluation.track.info, evaluation.seconds
    name = evaluation.track.name
    title = f" ({info.title})" if info.title != name else ""
    network = _network(evaluation)
    return (
        f"{name}{title}: {start:.1f} to {end:.1f} s of {info.frames / info.sample_rate:.1f} s, "
        f"from {info.low_rate} Hz ({DOWNSAMPLING[info.downsample]})"
        f"{f'; network: {network}' if network else ''}"
    )


def mean_heading(tracks: list[Track], results: list[Results]) -> str:
    """Describe in one line the tracks of a mean, and those without a network row."""
    missing = [
        track.name for track, rows in zip(tracks, results, strict=True) if NETWORK not in rows
    ]
    note = f" (no network row: no upsampled.wav in {', '.join(missing)})" if missing else ""
    return f"mean of {len(tracks)} tracks{note}"


def warnings(evaluation: Evaluation) -> list[str]:
    """Give the warnings to print with the results."""
    if evaluation.original_rms >= MIN_RMS:
        return []
    return [
        f"warning: the evaluated part is nearly silent (RMS {evaluation.original_rms:.1f} LSB): "
        f"its metrics are not typical of the song"
    ]


def missing_network(evaluation: Evaluation) -> list[str]:
    """Say what to do if there is no `upsampled.wav`."""
    if NETWORK in evaluation.results:
        return []
    track = evaluation.track
    return [
        f"no {track.upsampled} yet, so no network row and no listening page: "
        f"run {errors.command('predict')} {track.folder}"
    ]


def version_notes(evaluation: Evaluation) -> dict[str, str]:
    """Describe each version on the listening page in one line."""
    info, network = evaluation.track.info, _network(evaluation)
    low = f"{info.low_rate / 1000:g} kHz version"
    return {
        "original": f"the song at {info.sample_rate / 1000:g} kHz",
        "low": f"the {low}, each sample repeated: above the dashed line are mirror images",
        "soxr": f"the {low}, interpolated by soxr: nothing above the dashed line",
        NETWORK: f"the {low}, upsampled by a network{f' ({network})' if network else ''}",
    }


def page_description(evaluation: Evaluation) -> str:
    """Describe the song and how the listening page was made."""
    info, (start, end) = evaluation.track.info, evaluation.seconds
    # the page may be mailed, so a path on this computer is left out
    source = info.source if info.source.startswith(("http://", "https://")) else None
    origin = ", ".join(filter(None, [source, info.licence]))
    return (
        f"The song is {info.title}{f' ({origin})' if origin else ''}. "
        f"Its {info.low_rate} Hz version was made {DOWNSAMPLING[info.downsample]}. "
        f"The metrics are those of {start:.0f} to {end:.0f} s, which are not used for training"
        f"{'; this part is nearly silent' if warnings(evaluation) else ''}."
    )


def _network(evaluation: Evaluation) -> str | None:
    """Give the name of the model, with the gain of the added band if there is one."""
    model, gain_db = (evaluation.network_info.get(key) for key in ("model", "gain_db"))
    # upsampled.json is not trusted
    has_gain = isinstance(gain_db, float) and math.isfinite(gain_db) and gain_db != 0
    return f"{model} at {gain_db:+g} dB" if model and has_gain else model
