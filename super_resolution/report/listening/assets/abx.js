// The ABX test without its user interface: the random X, the answers, their p-value.

const ABX_COLUMNS = ["trial", "excerpt", "A", "B", "X", "answer", "correct", "seconds"];

// exact one-sided binomial test: the probability that guessing gives at least this many correct
// answers; all counts are integers below 2^53 up to 50 trials
function pValueOf(correct, trials) {
  let combinations = 1; // of trials answers out of trials
  let sum = 0;
  for (let count = trials; count >= correct; count -= 1) {
    sum += combinations;
    combinations = Math.round((combinations * count) / (trials - count + 1));
  }
  return sum / 2 ** trials;
}

class Abx {
  // a, b: the two versions; trials: number of answers
  constructor(a, b, trials) {
    Object.assign(this, { a, b, trials, answers: [] });
    this.#nextTrial();
  }

  get done() {
    return this.answers.length === this.trials;
  }

  get correct() {
    return this.answers.filter(({ correct }) => correct).length;
  }

  get pValue() {
    return pValueOf(this.correct, this.trials);
  }

  versionOf(letter) {
    return (letter === "X" ? this.x : letter) === "A" ? this.a : this.b;
  }

  answer(answer, excerpt) {
    const seconds = (performance.now() - this.startTime) / 1000;
    const correct = answer === this.x;
    const { a: A, b: B, x: X } = this;
    const trial = this.answers.length + 1;
    this.answers.push({ trial, excerpt, A, B, X, answer, correct, seconds });
    this.#nextTrial();
  }

  csv() {
    return csv(ABX_COLUMNS, this.answers.map((answer) => ({
      ...answer,
      A: nameOf(answer.A),
      B: nameOf(answer.B),
      correct: Number(answer.correct),
      seconds: Number(answer.seconds.toFixed(1)),
    })));
  }

  #nextTrial() {
    this.x = crypto.getRandomValues(new Uint8Array(1))[0] % 2 ? "A" : "B";
    this.startTime = performance.now(); // ms
  }
}
