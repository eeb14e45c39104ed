// The timeline: the spectrogram (a plain bar in the blind test) with cursor and loop. A click
// seeks, a drag makes a loop, a drag at an end of the loop moves that end.

// px, distance from an end of the loop within which a drag moves it
const LOOP_END_DISTANCE = 10;
// px, a press that moves less is a click
const MIN_DRAG = 5;
// Hz between the labels of the frequency axis
const FREQUENCY_STEP = 5000;
// s between the labels of the time axis; the first that gives few enough labels is used
const TIME_STEPS = [0.5, 1, 2, 5, 10, 30];
const MAX_TIME_LABELS = 8;

class Timeline {
  #player;
  #drag = null; // the press in progress: {x in px, anchor in s, moved}

  constructor(player) {
    this.#player = player;
    this.bar = element("timeline");
    this.bar.addEventListener("pointerdown", (event) => this.#press(event));
    this.bar.addEventListener("pointermove", (event) => this.#move(event));
    this.bar.addEventListener("pointerup", (event) => this.#release(event));
    this.bar.addEventListener("pointercancel", () => this.#endDrag());
    this.#drawFrequencies();
  }

  // set the start or the end of the loop to the position of the cursor
  mark(side) {
    this.#setLoop({ ...this.#player.region, [side]: this.#player.position });
  }

  // called for every frame of the display while playing
  drawCursor() {
    const { position, duration } = this.#player;
    const text = `${clockTime(position)} of ${clockTime(duration)}`;
    element("player").style.setProperty("--cursor", duration ? position / duration : 0);
    if (element("clock").textContent === text) return;
    element("clock").textContent = text;
    this.bar.setAttribute("aria-valuenow", position.toFixed(1));
    this.bar.setAttribute("aria-valuetext", `${position.toFixed(1)} seconds`);
  }

  draw() {
    const { duration } = this.#player;
    this.bar.setAttribute("aria-valuemax", duration.toFixed(1));
    this.#drawLoop(this.#player.loop);
    this.#drawTimes(duration);
    this.drawCursor();
  }

  #setLoop(loop) {
    if (!this.#player.setLoop(loop)) showStatus("That part is too short to repeat");
  }

  #drawLoop(loop) {
    const { duration } = this.#player;
    const { style } = element("player");
    this.bar.classList.toggle("looped", loop !== null);
    style.setProperty("--loop-start", loop && duration ? loop.start / duration : 0);
    style.setProperty("--loop-end", loop && duration ? loop.end / duration : 1);
  }

  #drawFrequencies() {
    const highest = data.sampleRate / 2;
    element("player").style.setProperty("--nyquist", data.lowRate / 2 / highest);
    for (let frequency = 0; frequency < highest; frequency += FREQUENCY_STEP) {
      const label = make("span", { textContent: frequency ? `${frequency / 1000}k` : "0 Hz" });
      label.style.bottom = `${(100 * frequency) / highest}%`;
      element("frequencies").append(label);
    }
  }

  #drawTimes(duration) {
    const isWide = (step) => duration / step <= MAX_TIME_LABELS;
    const step = TIME_STEPS.find(isWide) ?? TIME_STEPS.at(-1);
    element("times").replaceChildren();
    // no label closer to the end than a third of a step
    for (let time = 0; time < duration - step / 3; time += step) {
      const label = make("span", { textContent: `${time} s` });
      label.style.left = `${(100 * time) / duration}%`;
      element("times").append(label);
    }
  }

  #timeAt(x) {
    const { left, width } = this.bar.getBoundingClientRect();
    return Math.min(1, Math.max(0, (x - left) / width)) * this.#player.duration;
  }

  // the fixed end of a drag that begins at x: near an end of the loop, the opposite end
  #anchor(x) {
    const { loop, duration } = this.#player;
    const distance = (LOOP_END_DISTANCE / this.bar.clientWidth) * duration;
    const time = this.#timeAt(x);
    if (loop && Math.abs(time - loop.start) < distance) return loop.end;
    if (loop && Math.abs(time - loop.end) < distance) return loop.start;
    return time;
  }

  #press(event) {
    if (event.button !== 0 || !this.#player.ready) return;
    this.bar.setPointerCapture(event.pointerId);
    this.#drag = { x: event.clientX, anchor: this.#anchor(event.clientX), moved: false };
  }

  #region(x) {
    const time = this.#timeAt(x);
    const { anchor } = this.#drag;
    return { start: Math.min(anchor, time), end: Math.max(anchor, time) };
  }

  #move(event) {
    if (!this.#drag) return;
    this.#drag.moved ||= Math.abs(event.clientX - this.#drag.x) >= MIN_DRAG;
    if (this.#drag.moved) this.#drawLoop(this.#region(event.clientX));
  }

  #release(event) {
    if (!this.#drag) return;
    if (this.#drag.moved) this.#setLoop(this.#region(event.clientX));
    else this.#player.seek(this.#timeAt(event.clientX));
    this.#endDrag();
  }

  #endDrag() {
    this.#drag = null;
    this.#drawLoop(this.#player.loop);
  }
}
