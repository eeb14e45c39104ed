// The timeline: the spectrogram (or, in the blind test, a plain bar) with the cursor and the
// loop on it. Click or tap to jump, drag to repeat a part, drag a loop's end to move it.

// px, how near to a loop's end a drag must begin to move that end
const GRIP = 10;
// px, a press that moves less than this is a click
const CLICK = 5;
// Hz between the labels of the pitch axis, and s between those of the time axis
const PITCH_STEP = 5000;
const TIME_STEPS = [0.5, 1, 2, 5, 10, 30];
const MOST_TIMES = 8;

class Timeline {
  #player;
  #drag = null; // {x, anchor, now} of the press that goes on: px, s, s

  constructor(player) {
    this.#player = player;
    this.bar = element("timeline");
    this.bar.addEventListener("pointerdown", (event) => this.#press(event));
    this.bar.addEventListener("pointermove", (event) => this.#move(event));
    this.bar.addEventListener("pointerup", (event) => this.#release(event));
    this.bar.addEventListener("pointercancel", () => this.#forget());
    this.#drawPitches();
  }

  // the loop's start or end to where the cursor is
  mark(side) {
    const { start, end } = this.#player.region;
    const at = this.#player.position;
    const loop = side === "start" ? { start: at, end } : { start, end: at };
    if (!this.#player.setLoop(loop)) say("That part is too short to repeat");
  }

  // everything that moves when nobody touches anything: called for every frame
  drawCursor() {
    const { position, duration } = this.#player;
    const text = `${clockTime(position)} of ${clockTime(duration)}`;
    element("player").style.setProperty("--at", duration ? position / duration : 0);
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

  #drawLoop(loop) {
    const { duration } = this.#player;
    const style = element("player").style;
    this.bar.classList.toggle("looped", loop !== null);
    style.setProperty("--loop-start", loop && duration ? loop.start / duration : 0);
    style.setProperty("--loop-end", loop && duration ? loop.end / duration : 1);
  }

  #drawPitches() {
    const top = data.sampleRate / 2;
    element("player").style.setProperty("--nyquist", data.lowRate / 2 / top);
    for (let pitch = 0; pitch < top; pitch += PITCH_STEP) {
      const label = make("span", { textContent: pitch ? `${pitch / 1000}k` : "0 Hz" });
      label.style.bottom = `${(100 * pitch) / top}%`;
      element("pitches").append(label);
    }
  }

  #drawTimes(duration) {
    const fits = (step) => duration / step <= MOST_TIMES;
    const step = TIME_STEPS.find(fits) ?? TIME_STEPS.at(-1);
    element("times").replaceChildren();
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

  // where the other end of a drag that begins at x stands: near a loop's end, the opposite end
  #anchor(x) {
    const { loop, duration } = this.#player;
    const grip = (GRIP / this.bar.clientWidth) * duration;
    const time = this.#timeAt(x);
    if (loop && Math.abs(time - loop.start) < grip) return loop.end;
    if (loop && Math.abs(time - loop.end) < grip) return loop.start;
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
    this.#drag.moved ||= Math.abs(event.clientX - this.#drag.x) >= CLICK;
    if (this.#drag.moved) this.#drawLoop(this.#region(event.clientX));
  }

  #release(event) {
    if (!this.#drag) return;
    if (!this.#drag.moved) this.#player.seek(this.#timeAt(event.clientX));
    else if (!this.#player.setLoop(this.#region(event.clientX))) {
      say("That part is too short to repeat");
    }
    this.#forget();
  }

  #forget() {
    this.#drag = null;
    this.#drawLoop(this.#player.loop);
  }
}
