// The Listen tab: a card for every version, with its key, spectrogram and description.

class Listen {
  #player;

  constructor(player) {
    this.#player = player;
    this.version = data.versions[0].id;
    this.cards = data.versions.map((version, index) => this.#card(version, `${index + 1}`));
    element("cards").append(...this.cards);
  }

  // the tab was opened: go back to the version chosen here
  enter() {
    this.choose(this.version);
  }

  choose(version) {
    this.version = version;
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

  #spectrogram(excerpt, version) {
    return `data:image/png;base64,${media("spectrogram", excerpt, version)}`;
  }

  #card({ id, name, note }, key) {
    const cursor = make("span", { className: "cursor" });
    const image = make("img", { alt: "", draggable: false });
    const card = make(
      "button",
      { type: "button", className: "card" },
      make("span", { className: "thumb" }, image, cursor),
      make("span", { className: "name" }, make("kbd", { textContent: key }), ` ${name}`),
      make("span", { className: "note", textContent: note }),
    );
    card.dataset.version = id;
    card.setAttribute("aria-keyshortcuts", key);
    card.addEventListener("click", () => this.choose(id));
    return card;
  }
}
