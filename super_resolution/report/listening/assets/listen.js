// The Listen tab: a card for every version, with its key, spectrogram and description, and the
// gain of the added band.

// dB, what --treble takes
const MAX_TREBLE = 24;

class Listen {
  #player;

  constructor(player) {
    this.#player = player;
    this.version = data.versions[0].id;
    this.trebles = {}; // version -> gain of its added band, where it was changed
    this.cards = data.versions.map((version, index) => this.#card(version, `${index + 1}`));
    element("cards").append(...this.cards);
    element("treble-field").hidden = data.versions.every(({ treble }) => treble === null);
    element("treble").addEventListener("input", ({ target }) => this.#setTreble(Number(target.value)));
    element("treble-reset").addEventListener("click", () => this.#setTreble(0));
    this.#showTreble();
  }

  // the tab was opened: go back to the version chosen here
  enter() {
    this.choose(this.version);
  }

  choose(version) {
    this.version = version;
    this.#showTreble();
    this.#player.choose(version);
  }

  // the action of a key, or undefined
  action(event) {
    const version = data.versions[Number(event.key) - 1];
    return version && (() => this.choose(version.id));
  }

  showSpectrograms(excerpt) {
    for (const card of this.cards) {
      card.querySelector("img").src = this.#spectrogram(excerpt, card.dataset.version);
    }
    this.draw(excerpt);
  }

  draw(excerpt) {
    for (const card of this.cards) {
      card.setAttribute("aria-pressed", card.dataset.version === this.version);
    }
    const source = this.#spectrogram(excerpt, this.version);
    if (element("spectrogram").src !== source) element("spectrogram").src = source;
    element("plot-title").textContent = nameOf(this.version);
  }

  status() {
    return `${this.#player.playing ? "Playing" : "Paused"}: ${nameOf(this.version)}`;
  }

  // level: dB, on top of what the version was made with
  #setTreble(level) {
    this.trebles = { ...this.trebles, [this.version]: gainOf(level) };
    this.#player.setTrebles(this.trebles);
    this.#showTreble();
  }

  #showTreble() {
    const { treble } = data.versions.find(({ id }) => id === this.version);
    const level = levelOf(this.trebles[this.version] ?? 1);
    const option = Math.max(-MAX_TREBLE, Math.min(MAX_TREBLE, (treble ?? 0) + level));
    element("treble").disabled = treble === null;
    element("treble-reset").disabled = treble === null;
    element("treble").value = level;
    element("treble-value").textContent = treble === null
      ? `${nameOf(this.version)} has no added band of its own to change`
      : `${decibels(level)}: --treble ${Number(option.toFixed(1))}`;
  }

  #spectrogram(excerpt, version) {
    return `data:image/png;base64,${media("spectrogram", excerpt, version)}`;
  }

  #card({ id, name, note }, key) {
    const cursor = make("span", { className: "cursor" });
    const image = make("img", { alt: "", draggable: false });
    const hasKey = key.length === 1;
    const card = make(
      "button",
      { type: "button", className: "card" },
      make("span", { className: "thumb" }, image, cursor),
      make("span", { className: "name" }, ...(hasKey ? [make("kbd", { textContent: key })] : []), ` ${name}`),
      make("span", { className: "note", textContent: note }),
    );
    card.dataset.version = id;
    if (hasKey) card.setAttribute("aria-keyshortcuts", key);
    card.addEventListener("click", () => this.choose(id));
    return card;
  }
}
