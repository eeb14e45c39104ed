// The Blind test tab: the user interface of the ABX test. Until the last answer, nothing in the
// document depends on what X is; only the player knows which version to play.

const SIGNIFICANCE_LEVEL = 0.05;
// ms, until the browser has begun to save the file
const DOWNLOAD_DELAY = 10_000;

class BlindTest {
  #player;
  #excerptTitle; // function: title of the current excerpt
  #letter = "A";
  #heardX = false;

  constructor(player, excerptTitle) {
    this.#player = player;
    this.#excerptTitle = excerptTitle;
    this.test = null;
    this.#fillChoices();
    for (const button of document.querySelectorAll("[data-letter]")) {
      button.addEventListener("click", () => this.listen(button.dataset.letter));
    }
    for (const button of document.querySelectorAll("[data-answer]")) {
      button.addEventListener("click", () => this.answer(button.dataset.answer));
    }
    element("blind-setup").addEventListener("submit", (event) => this.#start(event));
    element("blind-save").addEventListener("click", () => this.#save());
    for (const id of ["blind-stop", "blind-again"]) {
      element(id).addEventListener("click", () => this.#reset());
    }
  }

  get running() {
    return this.test !== null && !this.test.done;
  }

  // the tab was opened: play A, since going on with X could reveal it
  enter() {
    if (this.running) this.#choose("A");
    else this.#player.pause();
  }

  // the action of a key, or undefined
  action(event) {
    const letter = event.key.toUpperCase();
    if (!this.running || !["A", "B", "X"].includes(letter)) return undefined;
    if (!event.shiftKey) return () => this.listen(letter);
    return letter === "X" ? undefined : () => this.answer(letter);
  }

  listen(letter) {
    if (!this.running) return;
    this.#choose(letter);
    this.#player.play();
  }

  answer(letter) {
    if (!this.running) return;
    if (!this.#heardX) {
      showStatus("Listen to X first");
      return;
    }
    this.test.answer(letter, this.#excerptTitle());
    if (this.test.done) this.#finish();
    else this.#nextTrial();
  }

  draw() {
    element("blind-setup").hidden = this.test !== null;
    element("blind-run").hidden = !this.running;
    element("blind-result").hidden = !this.test?.done;
    for (const button of document.querySelectorAll("[data-letter]")) {
      button.setAttribute("aria-pressed", button.dataset.letter === this.#letter);
    }
  }

  status() {
    if (!this.running) return this.#player.playing ? `Playing: ${nameOf(this.#player.version)}` : "";
    return `${this.#trialLabel()}. ${this.#player.playing ? "Playing" : "Paused"}: ${this.#letter}`;
  }

  #trialLabel() {
    return `Trial ${this.test.answers.length + 1} of ${this.test.trials}`;
  }

  #choose(letter) {
    this.#letter = letter;
    this.#heardX ||= letter === "X";
    this.#player.choose(this.test.versionOf(letter), { silence: true });
  }

  #fillChoices() {
    for (const [id, version] of [["blind-a", "network"], ["blind-b", "soxr"]]) {
      element(id).append(...data.versions.map(({ name, id: value }) => new Option(name, value)));
      element(id).value = version;
    }
  }

  #start(event) {
    event.preventDefault();
    const [a, b] = [element("blind-a").value, element("blind-b").value];
    element("blind-warning").textContent =
      a === b ? "A and B are the same version: choose two different ones." : "";
    if (a === b) return;
    this.test = new Abx(a, b, Number(element("blind-trials").value));
    element("blind-name-a").textContent = nameOf(a);
    element("blind-name-b").textContent = nameOf(b);
    this.#nextTrial();
    element("blind-trial").focus();
  }

  // begin with A: if X went on playing, a change of its sound would reveal it
  #nextTrial() {
    this.#heardX = false;
    element("blind-trial").textContent = this.#trialLabel();
    element("blind-progress").max = this.test.trials;
    element("blind-progress").value = this.test.answers.length;
    this.#choose("A");
  }

  #finish() {
    const { correct, trials, answers } = this.test;
    this.#player.pause();
    this.#letter = "A";
    element("blind-score").textContent = `${correct} of ${trials} correct`;
    element("blind-meaning").textContent = this.#meaning();
    const head = ["Trial", "X", "Answer", "Result", "Excerpt"].map((text) =>
      make("th", { textContent: text, scope: "col" }));
    const rows = answers.map((one) => make("tr", {}, ...[one.trial, one.X, one.answer,
      one.correct ? "correct" : "wrong", one.excerpt].map((text) => make("td", { textContent: text }))));
    element("blind-answers").replaceChildren(make("tr", {}, ...head), ...rows);
    this.draw();
    element("blind-score").focus();
    showStatus("The test is complete");
  }

  #meaning() {
    const { pValue } = this.test;
    const p = `p = ${pValue.toPrecision(2)}`;
    if (pValue < SIGNIFICANCE_LEVEL) {
      return `By guessing, a result this good or better is reached in one of ` +
        `${Math.round(1 / pValue)} tests (${p}): you very probably hear a difference.`;
    }
    return `By guessing, a result this good or better is reached in ` +
      `${Math.round(100 * pValue)} of 100 tests (${p}): this test does not show that you ` +
      `hear a difference, nor that there is none.`;
  }

  #save() {
    const { a, b } = this.test;
    const file = new Blob([this.test.csv()], { type: "text/csv" });
    const link = make("a", { href: URL.createObjectURL(file), download: `abx-${a}-${b}.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_DELAY);
    showStatus("Saved");
  }

  #reset() {
    this.#player.pause();
    this.test = null;
    this.draw();
    showStatus("");
    element("blind-start").focus();
  }
}
