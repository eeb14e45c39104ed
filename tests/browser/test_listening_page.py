"""The listening page in a browser; the audible version is read from the spectrum of the output."""

import time
from itertools import pairwise

import numpy as np
import pytest

from super_resolution.report.listening.parts import read

PLAYER_SCRIPT = read("player.js")

LEFT, RIGHT, HOME, ESCAPE, ENTER = "\ue012", "\ue014", "\ue011", "\ue00c", "\ue007"
VERSIONS = ("original", "low", "soxr", "network", "other <b>")  # keys 1 to 5

# mix two equal versions, a 100 Hz sine, and switch between them after 0.25 s; the second one
# is the sum of a base and an added band
RENDER_SCRIPT = """
    const done = arguments[0], rate = 44100, length = rate / 2;
    const context = new OfflineAudioContext(1, length, rate);
    const sine = (level) => {
      const buffer = new AudioBuffer({ length: rate, numberOfChannels: 1, sampleRate: rate });
      buffer.getChannelData(0).forEach((_, n, all) => {
        all[n] = level * Math.sin((2 * Math.PI * 100 * n) / rate);
      });
      return buffer;
    };
    const [buffer, half] = [sine(1), sine(0.5)];
    const mixer = new LoopMixer(context, context.destination, {
      loops: { a: [buffer], b: [half, half] }, levels: { a: 1, b: 1 },
      version: "a", when: 0, offset: 0 });
    context.suspend(0.25).then(() => { mixer.choose("b"); context.resume(); });
    context.startRendering().then((sound) => done(Array.from(sound.getChannelData(0))));
"""


def cursor_x(page):
    return page.run("document.querySelector('#timeline .cursor').getBoundingClientRect().x")


def test_playing_moves_the_cursor_and_pause_stops_it(page):
    before = cursor_x(page)
    page.click("#play")
    page.wait(lambda: page.state("position") > 0.3 and cursor_x(page) > before + 20)
    assert page.text("#play") == "Pause"
    page.click("#play")
    position = page.state("position")
    page.wait(lambda: page.level(1000) < -100)
    assert page.state("position") == position
    assert page.hook("gains") == {}


def test_keys_switch_the_version(page):
    page.press(" ")
    for key, version in enumerate(VERSIONS, start=1):
        page.press(str(key))
        page.wait_for_version(version)
        pressed = page.driver.find_elements("css selector", ".card[aria-pressed=true]")
        assert [card.get_attribute("data-version") for card in pressed] == [f"v{key}"]
    page.press(" ")
    assert not page.state("playing")


def test_buttons_switch_the_version_and_keep_the_position(page):
    page.click("#play")
    page.wait(lambda: page.state("position") > 0.1)
    for version in ("network", "original", "soxr"):
        before, start = page.state("position"), time.monotonic()
        page.click(f"[data-version={page.id_of(version)}]")
        moved = (page.state("position") - before) % 2.0
        assert moved <= time.monotonic() - start + 0.05
        page.wait_for_version(version)
    # space pauses even if a version's button has the focus
    page.press(" ")
    assert not page.state("playing")
    assert page.state("version") == page.id_of("soxr")


def test_switching_between_equal_versions_is_inaudible(page):
    # requires that both are synchronous to the sample and their gains always add up to one
    sound = np.array(page.driver.execute_async_script(PLAYER_SCRIPT + RENDER_SCRIPT))
    sine = np.sin(2 * np.pi * 100 * np.arange(len(sound)) / 44100)
    after_fade_in = slice(4410, None)
    np.testing.assert_allclose(sound[after_fade_in], sine[after_fade_in], atol=1e-3)


def test_drag_makes_a_loop_that_keeps_the_position(page):
    page.drag(0.5, 0.7)
    loop = page.state("loop")
    assert loop["start"] == pytest.approx(1.0, abs=0.02)
    assert loop["end"] == pytest.approx(1.4, abs=0.02)
    page.press(" ")
    positions = []
    for _ in range(60):
        positions.append(page.state("position"))
        time.sleep(0.015)
    assert loop["start"] <= min(positions) < max(positions) <= loop["end"]
    assert any(after < before for before, after in pairwise(positions))
    page.drag(0.7, 0.8)  # moves the end, not the start
    assert page.state("loop")["start"] == pytest.approx(loop["start"], abs=0.001)
    assert page.state("loop")["end"] == pytest.approx(1.6, abs=0.02)
    page.press(ESCAPE)
    assert page.state("loop") is None


def test_the_excerpt_repeats(page):
    page.drag(0.9, 0.9)
    page.press(" ")
    page.wait(lambda: page.state("position") < 0.5)
    page.wait_for_version("original")


def test_click_and_arrows_seek(page):
    page.drag(0.25, 0.25)
    assert page.state("position") == pytest.approx(0.5, abs=0.02)
    page.press(RIGHT)
    assert page.state("position") == pytest.approx(1.0, abs=0.02)
    page.press(LEFT, LEFT, LEFT)  # wraps around the start
    assert page.state("position") == pytest.approx(1.5, abs=0.02)
    page.press(HOME)
    assert page.state("position") == 0


def test_brackets_mark_the_loop(page):
    page.press(RIGHT, "[", RIGHT, "]")
    assert page.state("loop") == pytest.approx({"start": 0.5, "end": 1.0}, abs=0.01)
    page.drag(0.9, 0.9)  # a click outside removes the loop
    assert page.state("loop") is None
    page.press(HOME, "]")
    assert page.state("loop") is None
    assert "too short" in page.text("#status")


def test_another_excerpt_continues_to_play(page):
    page.press(" ")
    page.wait_for_version("original")
    page.find("#excerpt").send_keys("Second")
    page.wait(lambda: page.state("playing") and page.level(3000) > -60 and page.level(1000) < -60)
    assert page.state("excerpt") == 1
    page.press("3")  # the list of excerpts has the focus, but does not use this key
    page.wait(lambda: page.state("version") == page.id_of("soxr") and not page.audible())


def test_volume_and_hostile_title(page):
    page.press(" ")
    page.wait_for_version("original")
    level = page.level(1000)
    page.run(
        "(v => { v.value = 30; v.dispatchEvent(new Event('input')) })"
        "(document.getElementById('volume'))"
    )
    page.wait(lambda: page.level(1000) < level - 15)
    assert page.text("h1") == "</script><script>window.broken = 1</script> <b>A song</b>"
    assert page.run("window.broken") is None


def set_treble(page, level):
    page.run(
        f"(t => {{ t.value = {level}; t.dispatchEvent(new Event('input')) }})"
        "(document.getElementById('treble'))"
    )


def test_the_gain_of_the_added_band_is_changed_live(page):
    page.press(" ", "4")
    page.wait_for_version("network")
    added, common = page.level(10000), page.level(1000)
    set_treble(page, -12)
    page.wait(lambda: abs(page.level(10000) - added + 12) < 1)
    assert page.level(1000) == pytest.approx(common, abs=0.5)
    # on top of the 2 dB that the version was made with
    assert page.text("#treble-value") == "−12.0 dB: --treble -10"
    page.press("3")
    assert not page.find("#treble").is_enabled()
    page.press("4")
    assert page.text("#treble-value") == "−12.0 dB: --treble -10"
    # a blind test plays the version as it was made
    page.click("#tab-abx")
    assert page.text("#abx-warning") == ""
    page.wait(lambda: set(page.hook("trebles").values()) <= {1})
    page.click("#tab-listen")
    page.click("#treble-reset")
    page.press(" ")
    page.wait(lambda: abs(page.level(10000) - added) < 1)


def test_the_gain_of_all_is_no_part_of_the_added_band(page):
    # "other" was made with --gain -6: its base is that much quieter, too
    page.press("5", " ")
    page.wait_for_version("other <b>")
    set_treble(page, -24)
    page.wait(lambda: page.level(11000) < page.level(1000) - 20)
    assert page.level(1000) > -40


def test_tabs_are_opened_by_keyboard(page):
    page.run("document.getElementById('tab-listen').focus()")
    for tab in ("abx", "preference", "listen", "abx"):
        page.press(RIGHT)
        assert page.state("tab") == tab
        assert page.run("document.activeElement.id") == f"tab-{tab}"
        assert page.find(f"#tab-{tab}").get_attribute("aria-selected") == "true"
    page.press(LEFT)
    assert page.state("tab") == "listen"
    page.run("document.getElementById('play').focus()")
    page.press(ENTER)
    page.wait(lambda: page.state("playing"))


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_not_wider_than_the_window(page, width):
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for tab in ("listen", "abx", "preference"):
            page.click(f"#tab-{tab}")
            assert page.run("document.documentElement.scrollWidth") <= width
            if tab != "listen":
                page.click(f"#{tab}-start")
                assert page.run("document.documentElement.scrollWidth") <= width
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
