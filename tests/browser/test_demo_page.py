"""The page that a real evaluation writes, on the demo song."""

KNOWN, ADDED = (200, 5000), (9000, 14000)  # Hz
LOUD, SILENT = -75, -105  # dB


def test_the_song_plays_and_moves_the_cursor(demo_page):
    demo_page.click("#play")
    demo_page.wait(lambda: demo_page.state("position") > 0.2)
    demo_page.wait(lambda: demo_page.loudest(*KNOWN) > LOUD)


def test_only_soxr_has_nothing_above_the_low_nyquist(demo_page):
    demo_page.click("#play")
    for key, version in enumerate(("original", "low", "soxr", "network"), start=1):
        demo_page.press(str(key))
        demo_page.wait(lambda: demo_page.loudest(*KNOWN) > LOUD)
        if version == "soxr":
            demo_page.wait(lambda: demo_page.loudest(*ADDED) < SILENT)
        else:
            demo_page.wait(lambda: demo_page.loudest(*ADDED) > LOUD)


def test_the_table_has_every_row(demo_page):
    table = demo_page.run("document.body.innerText")
    for row in ("hold", "linear", "cubic", "soxr", "fitted FIR", "network"):
        assert row in table
