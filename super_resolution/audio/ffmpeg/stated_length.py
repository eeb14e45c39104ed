"""What the header of a file says of its length, in seconds.

It is never relied on: streams are read to their end. But where a header states the length
and less is found, the file ends early.
"""

from typing import TYPE_CHECKING

from super_resolution.audio.ffmpeg import wav_header
from super_resolution.audio.ffmpeg.container import Input, audio_stream, open_container

if TYPE_CHECKING:
    import av

# FFmpeg's names of containers that state how many samples there are
COUNTING = {"aiff", "ape", "au", "dsf", "flac", "mov", "tta", "wv"}
# those that state the length of the whole, which may be that of a video
WHOLE = {"flv", "matroska"}
PADDING = 8192  # samples that codecs with loss may take off at the start and end together


def estimated(
    source: Input, container: "av.container.InputContainer", stream: "av.AudioStream"
) -> float | None:
    """Give the length by the header, or what FFmpeg estimates; None if neither is known."""
    header = wav_header.parse(source.head)
    if header and header.seconds:
        return header.seconds
    return _by_ffmpeg(container, stream)


def stated(
    source: Input, container: "av.container.InputContainer", stream: "av.AudioStream"
) -> float | None:
    """Give the length that the header states; None if it does not.

    Parameters
    ----------
    source : Input
        Is moved where it is an mp3: nothing can be read from the container afterwards.
    container : av.container.InputContainer
    stream : av.AudioStream
    """
    name, seconds = _name(container), estimated(source, container, stream)
    if name == "mp3":
        known = source.seekable() and seconds == _of_half(source)
    elif name in WHOLE:
        known = len(container.streams) == 1
    elif name == "wav":
        header = wav_header.parse(source.head)
        known = header is not None and not header.streamed
    else:
        known = name in COUNTING and not _unknown(seconds, stream)
    return seconds if known else None


def tolerance(container: "av.container.InputContainer", stream: "av.AudioStream") -> float:
    """Give the seconds by which less may be found without anything missing."""
    exact = stream.codec_context.codec.lossless
    exact = exact and _name(container) not in WHOLE  # whose unit is 1 ms
    return (0.5 if exact else PADDING) / stream.rate


def _by_ffmpeg(container: "av.container.InputContainer", stream: "av.AudioStream") -> float | None:
    if stream.duration is not None and stream.time_base:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / 1e6


def _of_half(source: Input) -> float | None:
    # the length by the header is the same where the file seems half as large, an estimate is not
    with open_container(source.halved(), source.name) as container:
        return _by_ffmpeg(container, audio_stream(container, source.name))


def _unknown(seconds: float | None, stream: "av.AudioStream") -> bool:
    return seconds is None or seconds * (stream.bit_rate or 0) / 8 >= wav_header.UNKNOWN_BYTES


def _name(container: "av.container.InputContainer") -> str:
    return container.format.name.split(",")[0]
