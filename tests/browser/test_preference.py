"""The preference test of the page in a browser; the page's test hook tells the sides."""

import csv
from collections import Counter

import pytest
from scipy.stats import binomtest


def choose(page, *versions):
    """Choose the versions to compare, by their names."""
    page.click("#tab-preference")
    for box in page.driver.find_elements("css selector", "#preference-versions input"):
        wanted = box.get_attribute("value") in {page.id_of(version) for version in versions}
        if box.is_selected() != wanted:
            box.click()


def answer(page, key):
    """Listen to both and answer, all by key."""
    page.press("a", "b")
    page.shift(key)


def test_the_interval_is_that_of_wilson(page):
    for n in (1, 9, 10, 30):
        for chosen in range(n + 1):
            interval = binomtest(chosen, n).proportion_ci(method="wilson")
            expected = [interval.low, interval.high]
            assert page.run(f"testHook.wilson({chosen}, {n})") == pytest.approx(expected, abs=1e-9)
    assert page.run("testHook.wilson(0, 0)") == [0, 1]


def test_ten_trials_are_counted_and_saved(page, tmp_path):
    page.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    page.click("#tab-preference")
    assert page.text("#preference-total") == "1 pair, 10 trials"
    page.click("#preference-start")
    names = {page.id_of(name): name for name in ("network", "soxr")}
    expected = []
    for number in range(1, 11):
        assert page.text("#preference-trial") == f"Trial {number} of 10"
        assert not page.find("#preference-score").is_displayed()
        sides = page.hook("preference")["sides"]
        assert set(sides) == set(names)
        # network is preferred in 7 trials, soxr in 1, none in 2
        liked = page.id_of("network") if number <= 7 else page.id_of("soxr")
        key = "n" if number > 8 else "AB"[sides.index(liked)]
        answer(page, key.lower())
        preferred = "none" if key == "n" else names[liked]
        sides = [names[side] for side in sides]
        expected.append([*sides, "none" if key == "n" else key, preferred])
    assert page.text("#preference-score") == "soxr 1, network 7, none 2"
    interval = binomtest(1, 8).proportion_ci(method="wilson")
    text = page.text("#preference-meaning")
    assert "you preferred soxr in 1 of 8 trials" in text
    assert f"interval {100 * interval.low:.0f} to {100 * interval.high:.0f} %" in text
    assert "you like network better" in text
    assert not page.state("playing")

    page.click("#preference-save")
    path = tmp_path / "preference.csv"
    page.wait(path.exists)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [[row[key] for key in ("A", "B", "answer", "preferred")] for row in rows] == expected
    assert [row["trial"] for row in rows] == [str(number) for number in range(1, 11)]
    assert {row["excerpt"] for row in rows} == {'First, "loud"'}
    assert all(0 <= float(row["seconds"]) < 10 for row in rows)
    page.click("#preference-again")
    assert page.find("#preference-setup").is_displayed()


def test_both_are_heard_before_an_answer_and_play_what_they_stand_for(page):
    choose(page, "original", "low")
    page.click("#preference-start")
    page.click("#panel-preference [data-letter=B]")
    page.click("#panel-preference [data-answer=B]")
    assert page.text("#status") == "Listen to A first"
    names = {page.id_of(name): name for name in ("original", "low")}
    for letter, side in zip("BA", reversed(page.hook("preference")["sides"]), strict=True):
        page.click(f"#panel-preference [data-letter={letter}]")
        page.wait_for_version(names[side])
    assert not page.find("#spectrogram").is_displayed()
    page.click("#panel-preference [data-answer=B]")
    assert page.text("#preference-trial") == "Trial 2 of 10"
    # A goes on, but counts as heard only if it was on
    page.press(" ")
    page.click("#panel-preference [data-answer=B]")
    assert page.text("#status") == "Listen to B first"


def test_every_pair_is_compared_equally_often_on_random_sides(page):
    choose(page, "original", "soxr", "network")
    assert page.text("#preference-total") == "3 pairs, 30 trials"
    page.click("#preference-start")
    sides = []
    for _ in range(30):
        sides.append(tuple(page.hook("preference")["sides"]))
        answer(page, "n")
    assert sorted(Counter(frozenset(pair) for pair in sides).values()) == [10, 10, 10]
    # one side for all is chosen once in 2^30
    assert 0 < sum(a < b for a, b in sides) < 30
    assert page.text("#preference-score") == "30 trials of 3 pairs"
    assert page.text("#preference-meaning").count("you preferred neither in 10 trials") == 3


def test_a_single_version_is_refused(page):
    choose(page, "soxr")
    page.click("#preference-start")
    assert page.text("#preference-warning") == "Choose two versions or more."
    assert page.hook("preference") is None


def test_the_document_does_not_reveal_the_sides(page):
    documents = {}
    page.click("#tab-preference")
    while len(documents) < 2:
        page.click("#preference-start")
        sides = tuple(page.hook("preference")["sides"])
        documents[sides] = page.run("document.querySelector('main').outerHTML")
        page.click("#preference-stop")
    assert len(set(documents.values())) == 1
