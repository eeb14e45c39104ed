// The player: one excerpt, one position, one loop, one version that sounds.
// It knows nothing of the page; `changed` is called after everything that it does.

// s, shortest part that can be repeated
const SHORTEST_LOOP = 0.1;
// s, head start of a deck, so that all its versions begin at the same instant
const LEAD = 0.02;

class Player {
  #buffers = null; // version -> AudioBuffer, whole excerpt
  #levels = {}; // version -> gain that makes all equally loud
  #loops = null; // the buffers cut to the region, made when first needed
  #deck = null;
  #at = 0; // s, position while nothing plays
  #volume = 1;

  constructor(sampleRate, version, changed) {
    this.sampleRate = sampleRate;
    this.version = version;
    this.changed = changed;
    this.playing = false;
    this.loop = null; // {start, end} in s, or null for the whole excerpt
  }

  get ready() {
    return this.#buffers !== null;
  }

  get duration() {
    return this.ready ? Object.values(this.#buffers)[0].duration : 0;
  }

  get region() {
    return this.loop ?? { start: 0, end: this.duration };
  }

  get position() {
    return this.#deck ? this.region.start + this.#deck.position() : this.#at;
  }

  // take another excerpt; null while the next one is being decoded
  load(buffers, levels = {}) {
    this.pause();
    [this.#buffers, this.#levels] = [buffers, levels];
    [this.#loops, this.loop, this.#at] = [null, null, 0];
    this.changed();
  }

  async play() {
    if (this.playing || !this.ready) return;
    this.playing = true;
    this.changed();
    this.#open();
    // browsers keep a context silent until the first press of a button or key: this one
    await this.context.resume();
    if (this.playing && !this.#deck) this.#start(this.#at);
  }

  pause() {
    if (!this.playing) return;
    this.#at = this.position;
    this.#deck?.stop(this.context.currentTime);
    this.#deck = null;
    this.playing = false;
    this.changed();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  // go to a time in the excerpt; a time outside the loop ends the loop
  seek(seconds) {
    const { start, end } = this.region;
    if (seconds < start || seconds > end) this.#cut(null);
    this.#go(seconds);
  }

  // step inside the loop, around its ends
  step(seconds) {
    const { start, end } = this.region;
    const length = end - start;
    this.#go(start + ((((this.position - start + seconds) % length) + length) % length));
  }

  // repeat seconds [start, end) of the excerpt, or all of it (null); true if it could be done
  setLoop(loop) {
    if (!this.ready) return false;
    const region = loop && { start: Math.max(0, loop.start), end: Math.min(this.duration, loop.end) };
    if (region && region.end - region.start < SHORTEST_LOOP) return false;
    const at = this.position;
    this.#cut(region);
    this.#go(at >= this.region.start && at < this.region.end ? at : this.region.start);
    return true;
  }

  // what is heard; blink: with a short silence that does not tell whether anything changed
  choose(version, { blink = false } = {}) {
    this.version = version;
    this.#deck?.choose(version, { blink });
    this.changed();
  }

  setVolume(volume) {
    this.#volume = volume;
    this.output?.gain.setTargetAtTime(volume, this.context.currentTime, FADE);
  }

  gains() {
    const gains = Object.entries(this.#deck?.gains ?? {});
    return Object.fromEntries(gains.map(([id, node]) => [id, node.gain.value]));
  }

  #open() {
    if (this.context) return;
    // else an iPhone is silent while its ring switch is off
    if (navigator.audioSession) navigator.audioSession.type = "playback";
    this.context = new AudioContext({ sampleRate: this.sampleRate });
    this.output = new GainNode(this.context, { gain: this.#volume });
    this.analyser = new AnalyserNode(this.context, { fftSize: 4096, smoothingTimeConstant: 0 });
    this.output.connect(this.analyser).connect(this.context.destination);
  }

  #cut(loop) {
    this.loop = loop;
    this.#loops = null;
  }

  #go(seconds) {
    const { start, end } = this.region;
    this.#at = Math.min(Math.max(seconds, start), end);
    if (this.#deck) this.#start(this.#at);
    this.changed();
  }

  #start(at) {
    const { start } = this.region;
    const cut = ([id, buffer]) => [id, cutLoop(buffer, this.region)];
    this.#loops ??= Object.fromEntries(Object.entries(this.#buffers).map(cut));
    const when = this.context.currentTime + LEAD;
    this.#deck?.stop(when);
    const duration = Object.values(this.#loops)[0].duration;
    this.#deck = new Deck(this.context, this.output, {
      loops: this.#loops,
      levels: this.#levels,
      version: this.version,
      when,
      offset: Math.max(0, at - start) % duration,
    });
  }
}
