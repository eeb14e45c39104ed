// A deck: all versions of one loop, started at the same instant and never stopped singly, so
// that they stay in step to the sample. Which of them is heard is only a matter of gains.

// s, time constant of every change of gain: 98 % done after 10 ms
const FADE = 0.0025;
// s, after this a fade is over for good
const FADED = 0.03;
// s, fade at both ends of a loop, so that its seam does not click
const EDGE = 0.003;
// s, a blind switch is silent this long: same sound whether or not the version changes
const BLINK = 0.025;

// copy seconds [start, end) of a buffer, with short fades at both ends
function cutLoop(buffer, { start, end }) {
  const { sampleRate, numberOfChannels } = buffer;
  const first = Math.round(start * sampleRate);
  const length = Math.max(1, Math.min(buffer.length, Math.round(end * sampleRate)) - first);
  const edge = Math.min(Math.round(EDGE * sampleRate), Math.floor(length / 2));
  const loop = new AudioBuffer({ length, numberOfChannels, sampleRate });
  for (let channel = 0; channel < numberOfChannels; channel += 1) {
    const samples = loop.getChannelData(channel);
    samples.set(buffer.getChannelData(channel).subarray(first, first + length));
    for (let index = 0; index < edge; index += 1) {
      samples[index] *= index / edge;
      samples[length - 1 - index] *= index / edge;
    }
  }
  return loop;
}

class Deck {
  // loops: version -> AudioBuffer; levels: version -> gain; when: s on the context's clock;
  // offset: s into the loop
  constructor(context, output, { loops, levels, version, when, offset }) {
    this.context = context;
    this.levels = levels;
    this.when = when;
    this.offset = offset;
    this.duration = Object.values(loops)[0].duration;
    this.fader = new GainNode(context, { gain: 0 });
    this.fader.connect(output);
    this.fader.gain.setTargetAtTime(1, when, FADE);
    this.gains = {};
    this.sources = Object.entries(loops).map(([id, buffer]) => {
      const gain = id === version ? levels[id] : 0;
      this.gains[id] = new GainNode(context, { gain });
      const source = new AudioBufferSourceNode(context, { buffer, loop: true });
      source.connect(this.gains[id]).connect(this.fader);
      source.start(when, offset);
      return source;
    });
  }

  // seconds into the loop of what reaches the ear now
  position() {
    const heard = this.context.currentTime - (this.context.outputLatency || 0);
    return (this.offset + Math.max(0, heard - this.when)) % this.duration;
  }

  // The two exponentials add up to one, so what both versions share keeps its loudness.
  choose(version, { blink = false } = {}) {
    const now = this.context.currentTime;
    if (blink) this.fader.gain.setTargetAtTime(0, now, FADE);
    for (const [id, { gain }] of Object.entries(this.gains)) {
      const target = id === version ? this.levels[id] : 0;
      gain.setTargetAtTime(target, blink ? now + BLINK : now, FADE);
    }
    if (blink) this.fader.gain.setTargetAtTime(1, now + 2 * BLINK, FADE);
  }

  stop(when) {
    this.fader.gain.cancelScheduledValues(when);
    this.fader.gain.setTargetAtTime(0, when, FADE);
    for (const source of this.sources) source.stop(when + FADED);
    this.sources[0].onended = () => this.fader.disconnect();
  }
}
