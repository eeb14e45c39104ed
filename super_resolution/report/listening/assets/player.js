// The player: one excerpt, one position, one loop, one audible version. It does not use the
// document. All versions of a loop run at once and only their gains change, so that they stay
// synchronous to the sample. A version is one sound, or two: base and added band.

// s, time constant of every change of gain: 98 % done after 10 ms
const FADE_TIME_CONSTANT = 0.0025;
// s, time after which a fade is complete
const FADE_DURATION = 0.03;
// s, fade at both ends of a loop, to avoid a click
const LOOP_FADE = 0.003;
// s, silence at a change in a blind test: it sounds the same whether or not the version changes
const SWITCH_SILENCE = 0.025;
// s, shortest loop
const MIN_LOOP = 0.1;
// s, delay of a start, so that all versions start at the same instant
const START_DELAY = 0.02;

// copy seconds [start, end) of a buffer, with short fades at both ends
function cutLoop(buffer, { start, end }) {
  const { sampleRate, numberOfChannels } = buffer;
  const first = Math.round(start * sampleRate);
  const length = Math.max(1, Math.min(buffer.length, Math.round(end * sampleRate)) - first);
  const fade = Math.min(Math.round(LOOP_FADE * sampleRate), Math.floor(length / 2));
  const loop = new AudioBuffer({ length, numberOfChannels, sampleRate });
  for (let channel = 0; channel < numberOfChannels; channel += 1) {
    const samples = loop.getChannelData(channel);
    samples.set(buffer.getChannelData(channel).subarray(first, first + length));
    for (let index = 0; index < fade; index += 1) {
      samples[index] *= index / fade;
      samples[length - 1 - index] *= index / fade;
    }
  }
  return loop;
}

// plays all versions of one loop from the same instant; one of them has a gain above 0
class LoopMixer {
  // loops: version -> [AudioBuffer] or [base, added band]; levels: version -> gain;
  // trebles: version -> gain of the added band, 1 unless given; when: s on the context's clock;
  // offset: s from the start of the loop
  constructor(context, output, { loops, levels, trebles = {}, version, when, offset }) {
    Object.assign(this, { context, levels, when, offset });
    this.duration = Object.values(loops)[0][0].duration;
    this.master = new GainNode(context, { gain: 0 });
    this.master.connect(output);
    this.master.gain.setTargetAtTime(1, when, FADE_TIME_CONSTANT);
    [this.gains, this.trebles] = [{}, {}];
    this.sources = Object.entries(loops).flatMap(([id, parts]) => {
      this.gains[id] = new GainNode(context, { gain: id === version ? levels[id] : 0 });
      this.trebles[id] = new GainNode(context, { gain: trebles[id] ?? 1 });
      this.gains[id].connect(this.master);
      this.trebles[id].connect(this.gains[id]);
      return parts.map((buffer, index) => {
        const source = new AudioBufferSourceNode(context, { buffer, loop: true });
        source.connect(index ? this.trebles[id] : this.gains[id]);
        source.start(when, offset);
        return source;
      });
    });
  }

  setTreble(version, gain) {
    const now = this.context.currentTime;
    this.trebles[version].gain.setTargetAtTime(gain, now, FADE_TIME_CONSTANT);
  }

  // s from the start of the loop, of the sound that leaves the loudspeaker now
  position() {
    const heard = this.context.currentTime - (this.context.outputLatency || 0);
    return (this.offset + Math.max(0, heard - this.when)) % this.duration;
  }

  // the two exponentials add up to one, so the loudness of what both versions share is constant
  choose(version, { silence = false } = {}) {
    const now = this.context.currentTime;
    const delay = silence ? SWITCH_SILENCE : 0;
    if (silence) this.master.gain.setTargetAtTime(0, now, FADE_TIME_CONSTANT);
    for (const [id, { gain }] of Object.entries(this.gains)) {
      const target = id === version ? this.levels[id] : 0;
      gain.setTargetAtTime(target, now + delay, FADE_TIME_CONSTANT);
    }
    if (silence) this.master.gain.setTargetAtTime(1, now + 2 * delay, FADE_TIME_CONSTANT);
  }

  stop(when) {
    this.master.gain.cancelScheduledValues(when);
    this.master.gain.setTargetAtTime(0, when, FADE_TIME_CONSTANT);
    for (const source of this.sources) source.stop(when + FADE_DURATION);
    this.sources[0].onended = () => this.master.disconnect();
  }
}

class Player {
  #buffers = null; // version -> AudioBuffers of the whole excerpt
  #levels = {}; // version -> gain that matches their loudness
  #trebles = {}; // version -> gain of the added band, where it was changed
  #loops = null; // version -> AudioBuffers of the loop, made at the first use
  #mixer = null;
  #position = 0; // s, while paused
  #volume = 1;

  // onChange is called after every change of state
  constructor(sampleRate, version, onChange) {
    Object.assign(this, { sampleRate, version, onChange });
    this.playing = false;
    this.loop = null; // {start, end} in s, or null for the whole excerpt
  }

  get ready() {
    return this.#buffers !== null;
  }

  get duration() {
    return this.ready ? Object.values(this.#buffers)[0][0].duration : 0;
  }

  get region() {
    return this.loop ?? { start: 0, end: this.duration };
  }

  get position() {
    return this.#mixer ? this.region.start + this.#mixer.position() : this.#position;
  }

  // set the excerpt; null while it is being decoded
  load(buffers, levels = {}) {
    this.pause();
    [this.#buffers, this.#levels] = [buffers, levels];
    [this.#loops, this.loop, this.#position] = [null, null, 0];
    this.onChange();
  }

  async play() {
    if (this.playing || !this.ready) return;
    this.playing = true;
    this.onChange();
    this.#openContext();
    // browsers allow sound only after a click or a key
    await this.context.resume();
    if (this.playing && !this.#mixer) this.#start();
  }

  pause() {
    if (!this.playing) return;
    this.#position = this.position;
    this.#mixer?.stop(this.context.currentTime);
    this.#mixer = null;
    this.playing = false;
    this.onChange();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  // go to a time in the excerpt; outside the loop, this removes the loop
  seek(seconds) {
    const { start, end } = this.region;
    if (seconds < start || seconds > end) this.#replaceLoop(null);
    this.#goTo(seconds);
  }

  // go forward or back, wrapping around the ends of the loop
  step(seconds) {
    const { start, end } = this.region;
    const length = end - start;
    this.#goTo(start + ((((this.position - start + seconds) % length) + length) % length));
  }

  // repeat seconds [start, end) of the excerpt, or all of it (null); false if too short
  setLoop(loop) {
    if (!this.ready) return false;
    const region = loop && { start: Math.max(0, loop.start), end: Math.min(this.duration, loop.end) };
    if (region && region.end - region.start < MIN_LOOP) return false;
    const { position } = this;
    this.#replaceLoop(region);
    const { start, end } = this.region;
    this.#goTo(position >= start && position < end ? position : start);
    return true;
  }

  // set the audible version; silence: hide by a short silence whether it changed
  choose(version, { silence = false } = {}) {
    this.version = version;
    this.#mixer?.choose(version, { silence });
    this.onChange();
  }

  setVolume(volume) {
    this.#volume = volume;
    this.output?.gain.setTargetAtTime(volume, this.context.currentTime, FADE_TIME_CONSTANT);
  }

  // set the gains of the added bands: version -> gain, 1 where none is given
  setTrebles(trebles) {
    this.#trebles = trebles;
    for (const id of Object.keys(this.#mixer?.trebles ?? {})) {
      this.#mixer.setTreble(id, trebles[id] ?? 1);
    }
  }

  // the current gains of the versions, or of their added bands ("trebles")
  gains(kind = "gains") {
    const gains = Object.entries(this.#mixer?.[kind] ?? {});
    return Object.fromEntries(gains.map(([id, node]) => [id, node.gain.value]));
  }

  #openContext() {
    if (this.context) return;
    // otherwise an iPhone is silent while its ring switch is off
    if (navigator.audioSession) navigator.audioSession.type = "playback";
    this.context = new AudioContext({ sampleRate: this.sampleRate });
    this.output = new GainNode(this.context, { gain: this.#volume });
    this.analyser = new AnalyserNode(this.context, { fftSize: 4096, smoothingTimeConstant: 0 });
    this.output.connect(this.analyser).connect(this.context.destination);
  }

  #replaceLoop(loop) {
    this.loop = loop;
    this.#loops = null;
  }

  #goTo(seconds) {
    const { start, end } = this.region;
    this.#position = Math.min(Math.max(seconds, start), end);
    if (this.#mixer) this.#start();
    this.onChange();
  }

  // start all versions at #position
  #start() {
    const cut = ([id, parts]) => [id, parts.map((part) => cutLoop(part, this.region))];
    this.#loops ??= Object.fromEntries(Object.entries(this.#buffers).map(cut));
    const when = this.context.currentTime + START_DELAY;
    this.#mixer?.stop(when);
    const { duration } = Object.values(this.#loops)[0][0];
    this.#mixer = new LoopMixer(this.context, this.output, {
      loops: this.#loops,
      levels: this.#levels,
      trebles: this.#trebles,
      version: this.version,
      when,
      offset: Math.max(0, this.#position - this.region.start) % duration,
    });
  }
}
