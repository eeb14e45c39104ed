// The second tab: the blind test as its listener sees it. Nothing here depends on what X is
// until the last answer is given, except which version the player is told to sound.

// a result that guessing gives more seldom than this counts as a difference heard
const SIGNIFICANT = 0.05;

class Blind {
  #player;
  #excerptTitle; // function: title of the excerpt that is open
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

  // the tab was opened: never let X go on from where the other tab was
  enter() {
    if (this.running) this.#choose("A");
    else this.#player.pause();
  }

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
      say("Listen to X first");
      return;
    }
    this.test.answer(letter, this.#excerptTitle());
    if (this.test.done) this.#finish();
    else this.#nextRound();
  }

  draw() {
    element("blind-setup").hidden = this.test !== null;
    element("blind-run").hidden = !this.running;
    element("blind-result").hidden = !this.test?.done;
    for (const button of document.querySelectorAll("[data-letter]")) {
      button.setAttribute("aria-pressed", button.dataset.letter === this.#letter);
    }
  }

  says() {
    if (!this.running) return this.#player.playing ? `Playing: ${nameOf(this.#player.version)}` : "";
    const round = `Round ${this.test.answers.length + 1} of ${this.test.trials}`;
    return `${round}. ${this.#player.playing ? "Playing" : "Paused"}: ${this.#letter}`;
  }

  #choose(letter) {
    this.#letter = letter;
    this.#heardX ||= letter === "X";
    this.#player.choose(this.test.versionOf(letter), { blink: true });
  }

  #fillChoices() {
    for (const [id, chosen] of [["blind-a", "network"], ["blind-b", "soxr"]]) {
      element(id).append(...data.versions.map((version) => new Option(version.name, version.id)));
      element(id).value = chosen;
    }
  }

  #start(event) {
    event.preventDefault();
    const [a, b] = [element("blind-a").value, element("blind-b").value];
    element("blind-warning").textContent =
      a === b ? "A and B are the same version: choose two different ones." : "";
    if (a === b) return;
    this.test = new Abx(a, b, Number(element("blind-rounds").value));
    element("blind-name-a").textContent = nameOf(a);
    element("blind-name-b").textContent = nameOf(b);
    this.#nextRound();
    element("blind-round").focus();
  }

  // always from A: were X left on, its change between two rounds would give it away
  #nextRound() {
    const answered = this.test.answers.length;
    this.#heardX = false;
    element("blind-round").textContent = `Round ${answered + 1} of ${this.test.trials}`;
    element("blind-progress").max = this.test.trials;
    element("blind-progress").value = answered;
    this.#choose("A");
  }

  #finish() {
    const { right, trials, answers } = this.test;
    this.#player.pause();
    this.#letter = "A";
    element("blind-score").textContent = `${right} of ${trials} right`;
    element("blind-meaning").textContent = this.#meaning();
    const head = ["Round", "X was", "You said", "Result", "Excerpt"].map((text) =>
      make("th", { textContent: text, scope: "col" }));
    const rows = answers.map((one) => make("tr", {}, ...[one.trial, one.X, one.answer,
      one.correct ? "right" : "wrong", one.excerpt].map((text) => make("td", { textContent: text }))));
    element("blind-answers").replaceChildren(make("tr", {}, ...head), ...rows);
    this.draw();
    element("blind-score").focus();
    say("The test is over");
  }

  #meaning() {
    const { chance } = this.test;
    const p = `p = ${chance.toPrecision(2)}`;
    if (chance < SIGNIFICANT) {
      return `Somebody who only guesses does this well, or better, once in ` +
        `${Math.round(1 / chance)} such tests (${p}): you very probably hear a difference.`;
    }
    return `Somebody who only guesses does this well, or better, in ` +
      `${Math.round(100 * chance)} of 100 such tests (${p}): this one does not show that you ` +
      `hear a difference. Nor does it show that there is none.`;
  }

  #save() {
    const { a, b } = this.test;
    const file = new Blob([this.test.csv()], { type: "text/csv" });
    const link = make("a", { href: URL.createObjectURL(file), download: `abx-${a}-${b}.csv` });
    link.click();
    // the browser needs the address until it has begun to save
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    say("Saved");
  }

  #reset() {
    this.#player.pause();
    this.test = null;
    this.draw();
    say("");
    element("blind-start").focus();
  }
}
