"""What FFmpeg does not take from the header of a WAV.

It goes by the size of the file, not by the stated one, and takes 24-bit samples that are
stored in 32 bits for another format.
"""

from dataclasses import dataclass

PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE  # formats
CODECS = {1: "pcm_u8", 2: "pcm_s16le", 3: "pcm_s24le", 4: "pcm_s32le"}  # by bytes of a sample
UNKNOWN_BYTES = 0x7F000000  # of samples: who writes into a pipe states this much or more


@dataclass(frozen=True)
class WavHeader:
    """The `fmt ` chunk of a WAV and the size in its `data` chunk.

    Parameters
    ----------
    seconds : float or None
        The stated length of samples that are not compressed; None if it is not stated, or
        elsewhere, as in RF64.
    streamed : bool
        Whether the writer did not know the length.
    codec : str or None
        FFmpeg's name for the samples of an extensible WAV that are whole numbers.
    """

    seconds: float | None
    streamed: bool
    codec: str | None


def parse(head: bytes) -> WavHeader | None:
    """Find the chunks in the start of a file; None if it is no WAV, or they lie beyond.

    Parameters
    ----------
    head : bytes
    """
    if head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
        return None
    position, form = 12, b""
    while position + 8 <= len(head):
        name, size = head[position : position + 4], _number(head[position + 4 : position + 8])
        position += 8
        if name == b"fmt ":
            form = head[position : position + size]
        if name == b"data" and len(form) >= 16:
            return _described(form, size, head[:4] == b"RF64")
        position += size + size % 2
    return None


def _described(form: bytes, size: int, is_rf64: bool) -> WavHeader:
    kind, channels, rate = _number(form[:2]), _number(form[2:4]), _number(form[4:8])
    frame_bytes = _number(form[12:14])
    codec = None
    if kind == EXTENSIBLE:
        kind = _number(form[24:26])
        if kind == PCM and channels:
            codec = CODECS.get(frame_bytes // channels)
    streamed = not is_rf64 and not 0 < size < UNKNOWN_BYTES
    plain = kind in (PCM, FLOAT, A_LAW, MU_LAW) and rate and frame_bytes
    known = plain and not streamed and not is_rf64
    return WavHeader(size / frame_bytes / rate if known else None, streamed, codec)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")
