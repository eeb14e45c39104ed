"""Files that were joined, end early or are damaged are read to where they end."""

from pathlib import Path

import numpy as np
import pytest
from sounds import FULL_SCALE, RATE, Pipe, encode, levels, noise, pcm, read, read_pipe, tones, wav

from super_resolution.audio.decoding import open_audio, open_stream
from super_resolution.errors import UserError


def joined(tmp_path, ending: str, *parts: tuple) -> tuple[bytes, list[np.ndarray]]:
    """Give files joined into one, and what each of them holds."""
    content, held = b"", []
    for number, (codec, rate, channels) in enumerate(parts):
        layout = ("mono", "stereo")[channels - 1]
        signal = tones(rate, channels, rate)
        path = encode(tmp_path / f"{number}.{ending}", codec, signal, rate=rate, layout=layout)
        content += path.read_bytes()
        held.append(read(path))
    (tmp_path / f"joined.{ending}").write_bytes(content)
    return content, held


@pytest.mark.parametrize(
    "parts",
    [
        [("libopus", 48000, 2)] * 3,
        [("libopus", 48000, 2), ("libopus", 48000, 1)],
        [("flac", 44100, 2), ("flac", 44100, 2)],
        [("flac", 44100, 2), ("flac", 22050, 2)],
        [("flac", 44100, 1), ("flac", 48000, 2)],
        [("flac", 48000, 2), ("libopus", 48000, 2)],
    ],
)
def test_all_links_of_a_chained_ogg(tmp_path, parts):
    content, held = joined(tmp_path, "ogg", *parts)
    rate, channels = parts[0][1:]
    expected = sum(
        round(len(part) * rate / own) for part, (_, own, _) in zip(held, parts, strict=True)
    )
    audio = open_audio(tmp_path / "joined.ogg")
    whole = np.concatenate(list(audio.blocks())) / FULL_SCALE
    assert (audio.sample_rate, audio.channels, audio.warning) == (rate, channels, None)
    assert whole.shape == (expected, channels)
    assert np.array_equal(whole, read_pipe(content))
    assert np.array_equal(whole[: len(held[0])], held[0])
    # the last link, away from its ends, is as loud as in its own file
    last, own = whole[-rate + 2000 : -2000], held[-1][2000:-2000]
    assert np.std(last) == pytest.approx(np.std(own), rel=0.01 if channels == parts[-1][2] else 0.3)


def test_joined_mp3s(tmp_path):
    _, held = joined(tmp_path, "mp3", *[("libmp3lame", RATE, 2)] * 2)
    audio = open_audio(tmp_path / "joined.mp3")
    whole = np.concatenate(list(audio.blocks())) / FULL_SCALE
    assert 0 <= len(whole) - 2 * RATE < 5000
    assert audio.warning is None
    assert np.allclose(whole[: RATE - 2000], held[0][: RATE - 2000], atol=1e-4)


@pytest.mark.parametrize("order", [(2, 1), (1, 2)])
def test_channels_that_change_on_the_way(tmp_path, order):
    _, held = joined(tmp_path, "aac", *(("aac", RATE, channels) for channels in order))
    whole = read(tmp_path / "joined.aac")
    assert whole.shape == (sum(map(len, held)), order[0])
    part = whole[len(held[0]) + 5000 : -5000]
    # in the mono file is the tone that is on the left of the other
    expected = [[0.2, 0.2]] if order[0] == 2 else [[0.1]]
    assert np.allclose(levels(part, 1), expected, atol=0.01)


@pytest.mark.parametrize("xing", ["0", "1"])
@pytest.mark.parametrize("tail", [b"", bytes(5000), b"TAG" + bytes(125)])
def test_mp3_without_a_header_or_with_something_after_it(tmp_path, xing, tail):
    signal = noise(5 * RATE)
    signal[:RATE] *= 0.01  # the rate of the first packets says nothing of the others
    path = encode(tmp_path / "a.mp3", "libmp3lame", signal, options={"write_xing": xing})
    path.write_bytes(path.read_bytes() + tail)
    audio = open_audio(path)
    length = sum(map(len, audio.blocks()))
    assert length == 5 * RATE if xing == "1" else 5 * RATE <= length <= 5 * RATE + 3000
    assert audio.warning is None


def test_mp3_in_a_wav(tmp_path):
    path = encode(tmp_path / "a.wav", "libmp3lame", tones(RATE, 2))
    assert np.allclose(levels(read(path)[:RATE], 2), [[0.2, 0], [0, 0.2]], atol=0.02)


CUT_OFF = {
    "a.wav": "pcm_s16le",
    "a.flac": "flac",
    "a.mp3": "libmp3lame",
    "a.webm": "libopus",
    "a.aiff": "pcm_s16be",
    "a.wv": "wavpack",
    "a.tta": "tta",
}


@pytest.mark.parametrize("name", CUT_OFF)
def test_a_file_that_ends_early_is_read_to_where_it_ends_and_says_so(tmp_path, name):
    codec = CUT_OFF[name]
    rate = 48000 if codec == "libopus" else RATE
    path = encode(tmp_path / name, codec, noise(4 * rate), rate=rate)
    whole = read(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    audio = open_audio(path)
    found = np.concatenate(list(audio.blocks())) / FULL_SCALE
    assert 0.2 < len(found) / len(whole) < 0.6
    assert np.allclose(found[:-3000], whole[: len(found) - 3000], atol=1e-4)
    assert "ends early or is damaged: its header promises 4.0" in audio.warning
    assert f"{len(found)} samples) were found" in audio.warning
    # once more it says the same, once
    list(audio.blocks())
    assert audio.warning.count("ends early") == 1


@pytest.mark.parametrize("missing", [1, 4, 100_000])
def test_a_wav_that_ends_early_is_told_from_its_first_missing_sample(tmp_path, missing):
    content = wav(pcm(noise(RATE), 2))[:-missing]
    (tmp_path / "a.wav").write_bytes(content)
    for audio in (open_audio(tmp_path / "a.wav"), open_stream(Pipe(content), Path("-"))):
        assert audio.frames == RATE
        assert sum(map(len, audio.blocks())) == RATE - -(-missing // 4)
        assert "ends early" in audio.warning


def test_an_mp4_without_its_index_is_refused(tmp_path):
    path = encode(tmp_path / "a.m4a", "aac", noise(RATE))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match="without its index"):
        open_audio(path)


@pytest.mark.parametrize("name", ["a.flac", "a.m4a", "a.ogg"])
def test_damaged_packets_are_left_out_and_told(tmp_path, name):
    codec = "alac" if name == "a.m4a" else "flac"
    path = encode(tmp_path / name, codec, noise(4 * RATE))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = bytes(20_000)
    path.write_bytes(content)
    audio = open_audio(path)
    assert 3.5 * RATE < sum(map(len, audio.blocks())) < 4 * RATE
    # Ogg leaves out damaged pages without a word
    assert name == "a.ogg" or "damaged" in audio.warning
