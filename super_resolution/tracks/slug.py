"""Titles as folder names that every system can hold."""

import re
import unicodedata

MAX_SLUG_LENGTH = 60  # characters; a file name may have 255 bytes, a Japanese character has 3
RESERVED = re.compile("con|prn|aux|nul|(com|lpt)[0-9]")  # no folder's name on Windows


def slug(title: str) -> str:
    """Make a readable folder name of a title; Japanese and accents are kept.

    Parameters
    ----------
    title : str

    Returns
    -------
    str
        Lower-case words joined by hyphens, at most `MAX_SLUG_LENGTH` characters.

    Examples
    --------
    >>> slug("Let's Go Fishin' (2009)"), slug("../春の 海"), slug("..."), slug("🎵"), slug("CON")
    ('lets-go-fishin-2009', '春の-海', 'track', 'musical-note', 'con-track')
    """
    words = _words(title) or _words(" ".join(map(_symbol_name, title))) or "track"
    return f"{words}-track" if RESERVED.fullmatch(words) else words


def _words(title: str) -> str:
    words = unicodedata.normalize("NFKC", title).lower().replace("'", "").replace("’", "")
    return re.sub(r"[\W_]+", "-", words)[:MAX_SLUG_LENGTH].strip("-")


def _symbol_name(character: str) -> str:
    # of emoji and the like
    is_symbol = unicodedata.category(character).startswith("S")
    return unicodedata.name(character, "") if is_symbol else ""
