// What both blind tests share: letters to listen to, answers, trials, the result. Until the last
// answer, nothing in the document depends on what a letter stands for; only the player knows.

class TrialPanel {
  #heard = new Set(); // letters, in this trial

  // prefix: of the ids of its elements; heard: the letters to listen to before an answer;
  // excerptTitle: function that gives the title of the current excerpt
  constructor(prefix, heard, player, excerptTitle) {
    Object.assign(this, { prefix, heard, player, excerptTitle, test: null, letter: "A" });
    const panel = element(`panel-${prefix}`);
    this.letters = [...panel.querySelectorAll("[data-letter]")];
    this.answers = [...panel.querySelectorAll("[data-answer]")];
    for (const button of this.letters) {
      button.addEventListener("click", () => this.listen(button.dataset.letter));
    }
    for (const button of this.answers) {
      button.addEventListener("click", () => this.answer(button.dataset.answer));
    }
    this.part("setup").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#start();
    });
    this.part("save").addEventListener("click", () => {
      save(this.fileName(), this.test.csv(), "text/csv");
      showStatus("Saved");
    });
    for (const name of ["stop", "again"]) {
      this.part(name).addEventListener("click", () => this.#reset());
    }
  }

  part(name) {
    return element(`${this.prefix}-${name}`);
  }

  get running() {
    return this.test !== null && !this.test.done;
  }

  // the tab was opened: play A, since going on with another could reveal what it is
  enter() {
    if (this.running) this.#choose("A");
    else this.player.pause();
  }

  // the action of a key, or undefined
  action(event) {
    if (!this.running) return undefined;
    const key = event.key.toUpperCase();
    const letter = this.letters.find(({ dataset }) => dataset.letter === key);
    const answer = this.answers.find(({ dataset }) => dataset.key === key);
    if (event.shiftKey) return answer && (() => this.answer(answer.dataset.answer));
    return letter && (() => this.listen(key));
  }

  listen(letter) {
    if (!this.running) return;
    this.#choose(letter);
    this.#heard.add(letter);
    this.player.play();
  }

  answer(answer) {
    if (!this.running) return;
    if (this.player.playing) this.#heard.add(this.letter);
    const missing = this.heard.filter((letter) => !this.#heard.has(letter));
    if (missing.length) {
      showStatus(`Listen to ${missing.join(" and ")} first`);
      return;
    }
    this.test.answer(answer, this.excerptTitle());
    if (this.test.done) this.#finish();
    else this.#nextTrial();
  }

  draw() {
    this.part("setup").hidden = this.test !== null;
    this.part("run").hidden = !this.running;
    this.part("result").hidden = !this.test?.done;
    for (const button of this.letters) {
      button.setAttribute("aria-pressed", button.dataset.letter === this.letter);
    }
  }

  status() {
    const { playing, version } = this.player;
    if (!this.running) return playing ? `Playing: ${nameOf(version)}` : "";
    return `${this.#trialLabel()}. ${playing ? "Playing" : "Paused"}: ${this.letter}`;
  }

  #trialLabel() {
    return `Trial ${this.test.answers.length + 1} of ${this.test.trials}`;
  }

  #choose(letter) {
    if (this.player.playing) this.#heard.add(this.letter);
    this.letter = letter;
    this.player.choose(this.test.versionOf(letter), { silence: true });
  }

  #start() {
    const [test, problem] = this.makeTest();
    this.part("warning").textContent = problem;
    if (!test) return;
    this.test = test;
    this.#nextTrial();
    this.part("trial").focus();
  }

  // begin with A: if another went on playing, a change of its sound would reveal what it is
  #nextTrial() {
    this.#choose("A");
    this.#heard.clear();
    if (this.player.playing) this.#heard.add("A");
    this.part("trial").textContent = this.#trialLabel();
    this.part("progress").max = this.test.trials;
    this.part("progress").value = this.test.answers.length;
  }

  #finish() {
    this.player.pause();
    this.letter = "A";
    const [score, ...meaning] = this.result();
    this.part("score").textContent = score;
    this.part("meaning").replaceChildren(...meaning.map((text) => make("p", { textContent: text })));
    const row = (tag, cells) => make("tr", {}, ...cells.map((text) => make(tag, { textContent: text })));
    const [head, ...rows] = this.rows();
    this.part("answers").replaceChildren(row("th", head), ...rows.map((cells) => row("td", cells)));
    this.draw();
    this.part("score").focus();
    showStatus("The test is complete");
  }

  #reset() {
    this.player.pause();
    this.test = null;
    this.draw();
    showStatus("");
    this.part("start").focus();
  }
}
