"""The page that an evaluation of the demo song writes."""

LOW_BAND, HIGH_BAND = (200, 5000), (9000, 14000)  # Hz
AUDIBLE, SILENT = -75, -105  # dB


def test_the_song_plays_and_moves_the_cursor(demo_page):
    demo_page.click("#play")
    demo_page.wait(lambda: demo_page.state("position") > 0.2)
    demo_page.wait(lambda: demo_page.band_level(*LOW_BAND) > AUDIBLE)


def test_only_soxr_has_nothing_above_the_low_nyquist(demo_page):
    demo_page.click("#play")
    for key, version in enumerate(("original", "low", "soxr", "network"), start=1):
        demo_page.press(str(key))
        demo_page.wait(lambda: demo_page.band_level(*LOW_BAND) > AUDIBLE)
        if version == "soxr":
            demo_page.wait(lambda: demo_page.band_level(*HIGH_BAND) < SILENT)
        else:
            demo_page.wait(lambda: demo_page.band_level(*HIGH_BAND) > AUDIBLE)


def test_the_table_has_every_row(demo_page):
    table = demo_page.run("document.body.innerText")
    for row in ("hold", "linear", "cubic", "soxr", "fitted FIR", "network"):
        assert row in table
