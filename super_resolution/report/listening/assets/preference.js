// The preference test without its user interface: which pair, on which sides, which was liked.

const PREFERENCE_COLUMNS = ["trial", "excerpt", "A", "B", "answer", "preferred", "seconds"];
// standard normal quantile of a two-sided interval of 95 %
const Z_95 = 1.959963984540054;

// Wilson's 95 % interval of a share: chosen times out of n. E. B. Wilson, "Probable inference,
// the law of succession, and statistical inference", JASA 22, 1927
function wilson(chosen, n) {
  if (n === 0) return [0, 1];
  const share = chosen / n;
  const z2 = Z_95 ** 2 / n;
  const middle = (share + z2 / 2) / (1 + z2);
  const half = (Z_95 * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n))) / (1 + z2);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

// a whole number from 0 to below n, each equally probable
function randomBelow(n) {
  const limit = 2 ** 32 - (2 ** 32 % n);
  const [number] = crypto.getRandomValues(new Uint32Array(1));
  return number < limit ? number % n : randomBelow(n);
}

// Fisher and Yates
function shuffled(items) {
  const deck = [...items];
  for (let last = deck.length - 1; last > 0; last -= 1) {
    const other = randomBelow(last + 1);
    [deck[last], deck[other]] = [deck[other], deck[last]];
  }
  return deck;
}

class Preference {
  // versions: two or more; perPair: trials of each pair of them
  constructor(versions, perPair) {
    this.pairs = versions.flatMap((a, index) => versions.slice(index + 1).map((b) => [a, b]));
    const deck = this.pairs.flatMap((pair) => Array(perPair).fill(pair));
    this.sides = shuffled(deck).map((pair) => shuffled(pair)); // of each trial: [A, B]
    this.trials = deck.length;
    this.answers = [];
    this.startTime = performance.now(); // ms
  }

  get done() {
    return this.answers.length === this.trials;
  }

  versionOf(letter) {
    return this.sides[this.answers.length]?.[letter === "A" ? 0 : 1];
  }

  // answer: "A", "B" or "none"
  answer(answer, excerpt) {
    const [A, B] = this.sides[this.answers.length];
    const preferred = { A, B, none: null }[answer];
    const seconds = (performance.now() - this.startTime) / 1000;
    const trial = this.answers.length + 1;
    this.answers.push({ trial, excerpt, A, B, answer, preferred, seconds });
    this.startTime = performance.now();
  }

  // for each pair: how often each was preferred, and the 95 % interval of the first one's share
  // among the trials in which one was
  results() {
    return this.pairs.map(([first, second]) => {
      const answers = this.answers.filter(({ A, B }) => [A, B].every((id) => id === first || id === second));
      const count = (version) => answers.filter(({ preferred }) => preferred === version).length;
      const [wins, losses, none] = [count(first), count(second), count(null)];
      return { first, second, wins, losses, none, interval: wilson(wins, wins + losses) };
    });
  }

  csv() {
    return csv(PREFERENCE_COLUMNS, this.answers.map((answer) => ({
      ...answer,
      A: nameOf(answer.A),
      B: nameOf(answer.B),
      preferred: answer.preferred ? nameOf(answer.preferred) : "none",
      seconds: Number(answer.seconds.toFixed(1)),
    })));
  }
}
