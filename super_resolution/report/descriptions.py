"""Sentences about an evaluation, for the terminal, the report and the listening page."""

from super_resolution import errors
from super_resolution.evaluation.evaluate import Evaluation, Results
from super_resolution.evaluation.methods import LOW, ORIGINAL, SOXR
from super_resolution.tracks.track import Track
from super_resolution.tracks.upsampled import FOLDER, Upsampled

MIN_RMS = 10.0  # LSB: a quieter part is a rest or the fade at the end of the song
DOWNSAMPLING = {
    "soxr": "by soxr, band-limited",
    "decimate": "without an anti-aliasing filter, so it aliases",
}
# metrics in one sentence, where they were measured: key, head, decimals
HEADLINES = (("lsd", "LSD (0 is the original)", 2), ("visqol", "ViSQOL (5 is the best)", 2))


def heading(evaluation: Evaluation) -> str:
    """Describe in one line the evaluated part and the networks."""
    info, (start, end) = evaluation.track.info, evaluation.seconds
    name = evaluation.track.name
    title = f" ({info.title})" if info.title != name else ""
    changed = ", ".join(f"{one.name}{_gain(one)}" for one in evaluation.networks if one.gain_db)
    return (
        f"{name}{title}: {start:.1f} to {end:.1f} s of {info.frames / info.sample_rate:.1f} s, "
        f"from {info.low_rate} Hz ({DOWNSAMPLING[info.downsample]})"
        f"{f'; {changed}' if changed else ''}"
    )


def mean_heading(tracks: list[Track], results: list[Results]) -> str:
    """Describe in one line the tracks of a mean, and the rows that not all of them have."""
    rows = {row: None for result in results for row in result}
    missing = [row for row in rows if not all(row in result for result in results)]
    note = f" (not all of them have: {', '.join(missing)})" if missing else ""
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
    """Say what to do if there is no upsampled version."""
    if evaluation.networks:
        return []
    folder = evaluation.track.folder
    return [
        f"no WAV in {folder / FOLDER}/ yet, so no network's row and no listening page: "
        f"run {errors.command('predict')} {folder}"
    ]


def made(evaluations: list[Evaluation]) -> str:
    """Say in one line what is there to look at."""
    if len(evaluations) > 1:
        return f"made: the reports of {len(evaluations)} tracks, in their folders report/"
    (one,) = evaluations
    report = f"the report in {one.track.folder / 'report'}/"
    names = _joined([f"{network.name}.wav" for network in one.networks])
    return (
        f"made: {names} in {one.track.folder / FOLDER}/, {report}" if names else f"made: {report}"
    )


def worth(results: Results, networks: list[str]) -> list[str]:
    """Say in one line what each network was worth against soxr; nothing without a network."""
    rows = [row for row in (SOXR, *networks) if row in results]
    if len(rows) < 2:
        return []
    sentences = [
        f"{head}: " + ", ".join(f"{row} {results[row][key]:.{decimals}f}" for row in rows)
        for key, head, decimals in HEADLINES
        if all(key in results[row] for row in rows)
    ]
    return ["; ".join(sentences)]


def version_notes(evaluation: Evaluation) -> dict[str, str]:
    """Describe each version on the listening page in one line."""
    info = evaluation.track.info
    low = f"the {info.low_rate / 1000:g} kHz version"
    return {
        ORIGINAL: f"the song at {info.sample_rate / 1000:g} kHz",
        LOW: f"{low}, each sample repeated: above the dashed line are mirror images",
        SOXR: f"{low}, interpolated by soxr: nothing above the dashed line",
        **{one.name: f"{low}, upsampled by a network{_gain(one)}" for one in evaluation.shown},
    }


def page_lead(evaluation: Evaluation) -> str:
    """Say what the listening page compares."""
    rate = f"{evaluation.track.info.low_rate / 1000:g}"
    networks = _joined([one.name for one in evaluation.shown])
    return (
        f"Excerpts of one song: the original, and versions that were upsampled from a {rate} kHz "
        f"version, which contains no frequencies above {evaluation.track.info.low_rate / 2000:g} "
        f"kHz. Made by neural networks: {networks}."
    )


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


def _gain(network: Upsampled) -> str:
    return f" at {network.gain_db:+g} dB" if network.gain_db else ""


def _joined(names: list[str]) -> str:
    # "a", "a and b", "a, b and c"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
