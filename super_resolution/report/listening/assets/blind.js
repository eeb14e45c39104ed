// The two tabs of blind tests: is there a difference (ABX), and which is liked better.

const SIGNIFICANCE_LEVEL = 0.05;
// letters of a file's name that every system takes
const fileNamePart = (version) => nameOf(version).replaceAll(/[^\p{L}\p{N}._-]+/gu, "-");

class AbxPanel extends TrialPanel {
  constructor(player, excerptTitle) {
    super("abx", ["X"], player, excerptTitle);
    for (const [index, name] of ["a", "b"].entries()) {
      this.part(name).append(...data.versions.map((version) => new Option(version.name, version.id)));
      this.part(name).value = data.pair[index];
    }
  }

  makeTest() {
    const [a, b] = [this.part("a").value, this.part("b").value];
    if (a === b) return [null, "A and B are the same version: choose two different ones."];
    this.part("name-a").textContent = nameOf(a);
    this.part("name-b").textContent = nameOf(b);
    return [new Abx(a, b, Number(this.part("trials").value)), ""];
  }

  fileName() {
    return `abx-${fileNamePart(this.test.a)}-${fileNamePart(this.test.b)}.csv`;
  }

  rows() {
    return [["Trial", "X", "Answer", "Result", "Excerpt"], ...this.test.answers.map((one) =>
      [one.trial, one.X, one.answer, one.correct ? "correct" : "wrong", one.excerpt])];
  }

  result() {
    const { correct, trials, pValue } = this.test;
    const p = `p = ${pValue.toPrecision(2)}`;
    const meaning = pValue < SIGNIFICANCE_LEVEL
      ? `By guessing, a result this good or better is reached in one of ` +
        `${Math.round(1 / pValue)} tests (${p}): you very probably hear a difference.`
      : `By guessing, a result this good or better is reached in ` +
        `${Math.round(100 * pValue)} of 100 tests (${p}): this test does not show that you ` +
        `hear a difference, nor that there is none.`;
    return [`${correct} of ${trials} correct`, meaning];
  }
}

class PreferencePanel extends TrialPanel {
  constructor(player, excerptTitle) {
    super("preference", ["A", "B"], player, excerptTitle);
    this.boxes = data.versions.map(({ id, name }) => {
      const box = make("input", { type: "checkbox", value: id, checked: data.pair.includes(id) });
      this.part("versions").append(make("label", { className: "choice" }, box, ` ${name}`));
      return box;
    });
    this.part("setup").addEventListener("change", () => this.#showTotal());
    this.#showTotal();
  }

  get #chosen() {
    return this.boxes.filter(({ checked }) => checked).map(({ value }) => value);
  }

  #showTotal() {
    const pairs = (this.#chosen.length * (this.#chosen.length - 1)) / 2;
    const perPair = Number(this.part("trials").value);
    this.part("total").textContent =
      `${pairs} ${pairs === 1 ? "pair" : "pairs"}, ${pairs * perPair} trials`;
  }

  makeTest() {
    if (this.#chosen.length < 2) return [null, "Choose two versions or more."];
    return [new Preference(this.#chosen, Number(this.part("trials").value)), ""];
  }

  fileName() {
    return "preference.csv";
  }

  rows() {
    const preferred = (one) => (one.preferred ? nameOf(one.preferred) : "none");
    return [["Trial", "A", "B", "Preferred", "Excerpt"], ...this.test.answers.map((one) =>
      [one.trial, nameOf(one.A), nameOf(one.B), preferred(one), one.excerpt])];
  }

  result() {
    const results = this.test.results();
    const [only] = results;
    const score = results.length === 1
      ? `${nameOf(only.first)} ${only.wins}, ${nameOf(only.second)} ${only.losses}, none ${only.none}`
      : `${this.test.trials} trials of ${results.length} pairs`;
    return [score, ...results.map((one) => this.#meaning(one))];
  }

  #meaning({ first, second, wins, losses, none, interval }) {
    const [a, b] = [nameOf(first), nameOf(second)];
    if (wins + losses === 0) return `${a} or ${b}: you preferred neither in ${none} trials.`;
    const [low, high] = interval.map((share) => Math.round(100 * share));
    const liked = interval[0] > 0.5 ? a : interval[1] < 0.5 ? b : null;
    const verdict = liked ? `you like ${liked} better` : "this test does not show which you like better";
    return `${a} or ${b}: you preferred ${a} in ${wins} of ${wins + losses} trials with a ` +
      `preference, ${Math.round((100 * wins) / (wins + losses))} % (95 % interval ${low} to ` +
      `${high} %), and had none in ${none}: ${verdict}.`;
  }
}
