// The first tab: a card for every version, with its key, its picture and what it is.

class Listen {
  #player;

  constructor(player) {
    this.#player = player;
    this.version = data.versions[0].id;
    this.cards = data.versions.map((version, index) => this.#card(version, `${index + 1}`));
    element("cards").append(...this.cards);
  }

  // make the version sound that was chosen here
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

  showPictures(excerpt) {
    for (const card of this.cards) {
      card.querySelector("img").src = this.#picture(excerpt, card.dataset.version);
    }
    this.draw(excerpt);
  }

  draw(excerpt) {
    for (const card of this.cards) {
      card.setAttribute("aria-pressed", card.dataset.version === this.version);
    }
    const picture = this.#picture(excerpt, this.version);
    if (element("picture").src !== picture) element("picture").src = picture;
    element("plot-title").textContent = nameOf(this.version);
  }

  says() {
    return `${this.#player.playing ? "Playing" : "Paused"}: ${nameOf(this.version)}`;
  }

  #picture(excerpt, version) {
    return `data:image/png;base64,${media("picture", excerpt, version)}`;
  }

  #card({ id, name, note }, key) {
    const line = make("span", { className: "cursor" });
    const picture = make("img", { alt: "", draggable: false });
    const card = make(
      "button",
      { type: "button", className: "card" },
      make("span", { className: "thumb" }, picture, line),
      make("span", { className: "name" }, make("kbd", { textContent: key }), ` ${name}`),
      make("span", { className: "note", textContent: note }),
    );
    card.dataset.version = id;
    card.setAttribute("aria-keyshortcuts", key);
    card.addEventListener("click", () => this.choose(id));
    return card;
  }
}
