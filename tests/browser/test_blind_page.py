"""The page's blind test in a real browser; the page's test hook says what X is."""

import csv

import pytest
from scipy.stats import binomtest

HOME = "\ue011"


def start_test(page, rounds=10):
    page.click("#tab-blind")
    page.run(f"document.getElementById('blind-rounds').value = '{rounds}'")
    page.click("#blind-start")


def answer(page, *, right):
    """Listen to X by key and answer by key."""
    page.press("x")
    x = page.hook("blind")["x"]
    page.shift(x if right else {"A": "B", "B": "A"}[x])


def test_chance_is_the_exact_binomial_test(page):
    for trials in (10, 12, 16, 20, 30, 50):
        for right in range(trials + 1):
            expected = binomtest(right, trials, alternative="greater").pvalue
            assert page.run(f"listening.chanceOf({right}, {trials})") == pytest.approx(
                expected, rel=1e-12
            )


def test_blind_test_counts_and_saves(page, tmp_path):
    page.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    start_test(page)
    truth = [True] * 8 + [False] * 2
    for number, right in enumerate(truth, start=1):
        assert page.text("#blind-round") == f"Round {number} of 10"
        assert not page.find("#blind-score").is_displayed()
        answer(page, right=right)
    result = page.hook("blind")
    assert page.text("#blind-score") == "8 of 10 right"
    assert result["chance"] == pytest.approx(binomtest(8, 10, alternative="greater").pvalue)
    assert "does not show" in page.text("#blind-meaning")
    assert "p = 0.055" in page.text("#blind-meaning")
    assert not page.state("playing")

    page.click("#blind-save")
    path = tmp_path / "abx-network-soxr.csv"
    page.wait(path.exists)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["trial", "excerpt", "A", "B", "X", "answer", "correct", "seconds"]
    for row, kept, right in zip(rows, result["answers"], truth, strict=True):
        assert (row["A"], row["B"]) == ("network", "soxr")
        assert (row["X"], row["answer"]) == (kept["X"], kept["answer"])
        assert (row["X"] == row["answer"]) == right == bool(int(row["correct"]))
        assert row["excerpt"] == 'First, "loud"'
        assert 0 <= float(row["seconds"]) < 10
    assert [row["trial"] for row in rows] == [str(number) for number in range(1, 11)]
    page.click("#blind-again")
    assert page.find("#blind-setup").is_displayed()


def test_blind_test_by_mouse_with_all_right(page):
    page.click("#tab-blind")
    page.find("#blind-a").send_keys("Original")
    page.find("#blind-b").send_keys("Network")
    page.click("#blind-start")
    page.click("[data-answer=A]")
    assert page.text("#status") == "Listen to X first"
    for _ in range(10):
        page.click("[data-letter=X]")
        page.click(f"[data-answer={page.hook('blind')['x']}]")
    assert page.text("#blind-score") == "10 of 10 right"
    assert "once in 1024" in page.text("#blind-meaning")


def test_two_equal_versions_are_no_test(page):
    page.click("#tab-blind")
    page.find("#blind-a").send_keys("soxr")
    page.click("#blind-start")
    assert "choose two different" in page.text("#blind-warning")
    assert page.hook("blind") is None


def test_letters_play_what_they_say_and_x_stays_secret(page):
    seen = {}
    start_test(page)
    for _ in range(40):
        x = page.hook("blind")["x"]
        page.press("x")
        page.hears({"A": "network", "B": "soxr"}[x])
        if not seen:
            for letter, version in (("a", "network"), ("b", "soxr")):
                page.press(letter)
                page.hears(version)
            page.press("x")
        page.press(" ", HOME)
        seen.setdefault(x, set()).add(page.run("document.querySelector('main').outerHTML"))
        if len(seen) == 2:
            break
        page.click("#blind-stop")
        page.click("#blind-start")
    # nothing on the page differs between X being A and X being B
    assert len(seen) == 2
    assert len(set.union(*seen.values())) == 1
    assert not page.find("#picture").is_displayed()
    assert not page.find("#cards").is_displayed()


def test_leaving_the_blind_test_does_not_show_x(page):
    start_test(page)
    page.press("x")
    page.click("#tab-listen")
    page.hears("original")
    page.click("#tab-blind")
    page.hears("network")  # A, whatever X is
