"""The audio files of a folder, by their suffixes."""

from pathlib import Path

SUFFIXES = {
    *(".wav", ".w64", ".aif", ".aiff", ".aifc", ".au", ".caf", ".flac", ".wv", ".ape", ".tta"),
    *(".mp3", ".mp2", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".mka", ".wma", ".ac3", ".dts"),
    ".dsf",
}


def audio_files(folder: Path, *, recursive: bool = False) -> list[Path]:
    """List the audio files of a folder by name; hidden ones are left out.

    Parameters
    ----------
    folder : Path
    recursive : bool
        Those of the folders in it, too.
    """
    found = folder.rglob("*") if recursive else folder.glob("*")
    return sorted(
        path
        for path in found
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )
