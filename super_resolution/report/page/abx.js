// The blind test itself, without a page: which one X is, what was answered, what it is worth.

const CSV_COLUMNS = ["trial", "excerpt", "A", "B", "X", "answer", "correct", "seconds"];

// Exact one-sided binomial test: how probable it is to get this many of `trials` right, or
// more, by tossing a coin. All counts stay whole numbers below 2^53 up to 50 trials.
function chanceOf(right, trials) {
  let ways = 1; // to get all of them right
  let sum = 0;
  for (let count = trials; count >= right; count -= 1) {
    sum += ways;
    ways = Math.round((ways * count) / (trials - count + 1));
  }
  return sum / 2 ** trials;
}

class Abx {
  // a, b: the two versions; trials: how many answers make the test
  constructor(a, b, trials) {
    Object.assign(this, { a, b, trials, answers: [] });
    this.#draw();
  }

  get done() {
    return this.answers.length === this.trials;
  }

  get right() {
    return this.answers.filter(({ correct }) => correct).length;
  }

  get chance() {
    return chanceOf(this.right, this.trials);
  }

  versionOf(letter) {
    return (letter === "X" ? this.x : letter) === "A" ? this.a : this.b;
  }

  answer(answer, excerpt) {
    const seconds = (performance.now() - this.began) / 1000;
    const correct = answer === this.x;
    const { a: A, b: B, x: X } = this;
    const trial = this.answers.length + 1;
    this.answers.push({ trial, excerpt, A, B, X, answer, correct, seconds });
    this.#draw();
  }

  csv() {
    const quote = (text) => `"${`${text}`.replaceAll('"', '""')}"`;
    const rows = this.answers.map((answer) =>
      [answer.trial, quote(answer.excerpt), answer.A, answer.B, answer.X, answer.answer,
        Number(answer.correct), answer.seconds.toFixed(1)].join(","));
    return `${[CSV_COLUMNS.join(","), ...rows].join("\r\n")}\r\n`;
  }

  #draw() {
    this.x = crypto.getRandomValues(new Uint8Array(1))[0] % 2 ? "A" : "B";
    this.began = performance.now();
  }
}
