"""The ABX test of the page in a browser; the page's test hook tells what X is."""

import csv

import pytest
from scipy.stats import binomtest

HOME_KEY = "\ue011"


def start_test(page, trials=10):
    page.click("#tab-abx")
    page.run(f"document.getElementById('abx-trials').value = '{trials}'")
    page.click("#abx-start")


def answer(page, *, correct):
    """Listen to X and answer, both by key."""
    page.press("x")
    x = page.hook("abx")["x"]
    page.shift(x if correct else {"A": "B", "B": "A"}[x])


def test_p_value_is_that_of_the_exact_binomial_test(page):
    for trials in (10, 12, 16, 20, 30, 50):
        for correct in range(trials + 1):
            expected = binomtest(correct, trials, alternative="greater").pvalue
            p_value = page.run(f"testHook.pValueOf({correct}, {trials})")
            assert p_value == pytest.approx(expected, rel=1e-12)


def test_answers_are_counted_and_saved(page, tmp_path):
    page.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    start_test(page)
    pattern = [True] * 8 + [False] * 2
    for number, correct in enumerate(pattern, start=1):
        assert page.text("#abx-trial") == f"Trial {number} of 10"
        assert not page.find("#abx-score").is_displayed()
        answer(page, correct=correct)
    result = page.hook("abx")
    assert page.text("#abx-score") == "8 of 10 correct"
    assert result["pValue"] == pytest.approx(binomtest(8, 10, alternative="greater").pvalue)
    assert "does not show" in page.text("#abx-meaning")
    assert "p = 0.055" in page.text("#abx-meaning")
    assert not page.state("playing")

    page.click("#abx-save")
    path = tmp_path / "abx-network-soxr.csv"
    page.wait(path.exists)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["trial", "excerpt", "A", "B", "X", "answer", "correct", "seconds"]
    for row, expected, correct in zip(rows, result["answers"], pattern, strict=True):
        assert (row["A"], row["B"]) == ("network", "soxr")
        assert (row["X"], row["answer"]) == (expected["X"], expected["answer"])
        assert (row["X"] == row["answer"]) == correct == bool(int(row["correct"]))
        assert row["excerpt"] == 'First, "loud"'
        assert 0 <= float(row["seconds"]) < 10
    assert [row["trial"] for row in rows] == [str(number) for number in range(1, 11)]
    page.click("#abx-again")
    assert page.find("#abx-setup").is_displayed()


def test_a_test_by_mouse_with_all_answers_correct(page):
    page.click("#tab-abx")
    page.find("#abx-a").send_keys("Original")
    page.find("#abx-b").send_keys("Network")
    page.click("#abx-start")
    page.click("[data-answer=A]")
    assert page.text("#status") == "Listen to X first"
    for _ in range(10):
        page.click("[data-letter=X]")
        page.click(f"[data-answer={page.hook('abx')['x']}]")
    assert page.text("#abx-score") == "10 of 10 correct"
    assert "one of 1024 tests" in page.text("#abx-meaning")


def test_two_equal_versions_are_refused(page):
    page.click("#tab-abx")
    page.find("#abx-a").send_keys("soxr")
    page.click("#abx-start")
    assert "choose two different" in page.text("#abx-warning")
    assert page.hook("abx") is None


def test_letters_play_their_version_and_the_document_does_not_reveal_x(page):
    documents = {}  # by X
    start_test(page)
    for _ in range(40):
        x = page.hook("abx")["x"]
        page.press("x")
        page.wait_for_version({"A": "network", "B": "soxr"}[x])
        if not documents:
            for letter, version in (("a", "network"), ("b", "soxr")):
                page.press(letter)
                page.wait_for_version(version)
            page.press("x")
        page.press(" ", HOME_KEY)
        documents.setdefault(x, set()).add(page.run("document.querySelector('main').outerHTML"))
        if len(documents) == 2:
            break
        page.click("#abx-stop")
        page.click("#abx-start")
    # the document is the same whether X is A or B
    assert len(documents) == 2
    assert len(set.union(*documents.values())) == 1
    assert not page.find("#spectrogram").is_displayed()
    assert not page.find("#cards").is_displayed()


def test_leaving_the_blind_test_does_not_reveal_x(page):
    start_test(page)
    page.press("x")
    page.click("#tab-listen")
    page.wait_for_version("original")
    page.click("#tab-abx")
    page.wait_for_version("network")  # A, whatever X is
