"""FFmpeg through PyAV: an open file in, parts of mono or stereo float32 out.

    bytes -> container -> packets -> decoder -> frames -> filters (float32, downmix) -> arrays

PyAV is imported where a file is decoded, so that scripts start fast.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from super_resolution.audio.ffmpeg import downmix, ogg_links, stated_length, wav_header
from super_resolution.audio.ffmpeg.container import (
    Input,
    audio_stream,
    interruptible,
    open_container,
)
from super_resolution.errors import UserError

if TYPE_CHECKING:
    import av

MIN_RATE, MAX_RATE = 1_000, 768_000  # Hz: to resample from 1 Hz would take gigabytes
MAX_CHANNELS = 64  # of FFmpeg's pan filter
JOINED = {"aac", "mp3"}  # where files are joined, tags lie between the packets


class Decoder:
    """The first audio stream of an open file.

    Parameters
    ----------
    file : binary file
        Need not be seekable.
    name : str
        Its name without folders, whose ending decides where the content does not.
    label : str
        Its name in messages.
    raw : tuple of int, optional
        Rate in Hz and channels of 16-bit little-endian samples without a header.

    Attributes
    ----------
    rate : int
        Of the first samples, in Hz.
    source_channels : int
        Of the first samples, before the downmix.
    frames : int or None
        Samples a channel by the header, an estimate; None if it says nothing.

    Raises
    ------
    UserError
        If it is empty or holds no audio that can be decoded.
    """

    def __init__(
        self, file: BinaryIO, name: str, label: str, raw: tuple[int, int] | None = None
    ) -> None:
        self._label = label
        self._links: ogg_links.OggLinks | None = None
        self._damaged = 0
        self._error: str | None = ""
        self._found: Counter[int] = Counter()  # frames by rate
        source = Input(file, name)
        if source.head.startswith(ogg_links.MARK):
            # both have what is needed of a binary file: read
            self._links = ogg_links.OggLinks(cast(BinaryIO, source))
            source = Input(cast(BinaryIO, self._links), name)
        self._open(source, raw)
        frames = self._frames()
        first = next(frames, None)
        if first is None:
            broken = self._damaged or self._error
            why = "is damaged or encrypted: nothing" if broken else "holds no samples: nothing"
            raise UserError(f"{label} {why} in it can be decoded")
        self._check(first)
        self._all_frames = chain([first], frames)
        self.rate, self.source_channels = first.sample_rate, first.layout.nb_channels
        seconds = stated_length.estimated(self._input, self._container, self._stream)
        self.frames = round(seconds * self.rate) if seconds else None

    def close(self) -> None:
        """Free what FFmpeg holds; the file itself stays open."""
        self._container.close()

    def parts(self, channels: int) -> Iterator[tuple[int, np.ndarray]]:
        """Decode to the end; damaged packets are left out, as the ffmpeg command does.

        Parameters
        ----------
        channels : {1, 2}

        Yields
        ------
        rate : int
            In Hz.
        samples : ndarray, float32, shape (frames, channels)
            Full scale is 1.

        Raises
        ------
        UserError
            If the stream changes to a rate or a number of channels that is refused.
        """
        known: tuple[int, str, str] | None = None
        graph: av.filter.Graph | None = None
        for frame in self._all_frames:
            form = (frame.sample_rate, frame.format.name, frame.layout.name)
            if graph is None or form != known:
                self._check(frame)
                known, graph = form, downmix.graph(frame, channels)
            self._found[frame.sample_rate] += frame.samples
            graph.push(frame)
            # packed floats: PyAV crashes where it makes an array of 8 planar channels
            yield frame.sample_rate, graph.pull().to_ndarray().reshape(-1, channels)

    def warning(self) -> str | None:
        """Say, after the end, what was not as it should be; None if all was."""
        found = sum(frames / rate for rate, frames in self._found.items())
        stated = stated_length.stated(self._input, self._container, self._stream)
        if stated is not None and stated - found > stated_length.tolerance(
            self._container, self._stream
        ):
            return (
                f"{self._label} ends early or is damaged: its header promises {stated:.3f} s "
                f"({round(stated * self.rate)} samples), {found:.3f} s ({round(found * self.rate)} "
                f"samples) were found"
            )
        if self._error and stated is None:
            return f"{self._label} could be read for {found:.3f} s only ({self._error})"
        if self._damaged:
            return f"{self._label} is damaged: {self._damaged} of its packets were left out"
        return None

    def _open(self, source: Input, raw: tuple[int, int] | None = None) -> None:
        self._input = source
        self._container = open_container(source, self._label, raw)
        self._stream = audio_stream(self._container, self._label)
        self._codec = self._stream.codec_context
        header = wav_header.parse(source.head)
        if header and header.codec and header.codec != self._codec.name:
            self._codec = _other_codec(self._codec, header.codec)

    def _frames(self) -> Iterator["av.AudioFrame"]:
        yield from self._frames_of_link()
        while self._links and self._links.advance():
            try:
                self._open(Input(cast(BinaryIO, self._links), ""))
            except UserError as error:
                self._error = str(error)
                return
            yield from self._frames_of_link()

    def _frames_of_link(self) -> Iterator["av.AudioFrame"]:
        import av

        failed, any_good = 0, False
        joined = self._container.format.name in JOINED
        for packet in self._packets():
            try:
                frames = self._codec.decode(packet)
            except av.error.FFmpegError:
                failed += 1
                continue
            for frame in frames:
                downmix.keep_layout(frame)
            if frames:
                # what fails before the first or after the last good packet is no sound
                self._damaged += failed if any_good and not joined else 0
                failed, any_good = 0, True
            yield from frames
        if not any_good:
            self._damaged = failed

    def _packets(self) -> Iterator["av.Packet | None"]:
        # None comes last: the decoder gives what it still holds
        import av

        packets = self._container.demux(self._stream)
        try:
            while True:
                with interruptible():
                    packet = next(packets, None)
                if packet is None:
                    break
                if packet.size:
                    yield packet
        except av.error.FFmpegError as error:
            self._error = error.strerror
        yield None

    def _check(self, frame: "av.AudioFrame") -> None:
        rate, channels = frame.sample_rate, frame.layout.nb_channels
        if not (MIN_RATE <= rate <= MAX_RATE and channels <= MAX_CHANNELS):
            raise UserError(
                f"{self._label} has {channels} channels at {rate} Hz: expected 1 to "
                f"{MAX_CHANNELS} channels at {MIN_RATE} to {MAX_RATE} Hz"
            )


def _other_codec(context: "av.AudioCodecContext", name: str) -> "av.AudioCodecContext":
    import av

    other = av.CodecContext.create(name, "r")
    audio = cast("av.AudioCodecContext", other)
    audio.sample_rate, audio.layout = context.sample_rate, context.layout
    return audio
