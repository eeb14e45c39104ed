// Shared by all scripts: the data of the page, access to its elements, text formats.

// ms, until the browser has begun to save a file
const DOWNLOAD_DELAY = 10_000;

const element = (id) => document.getElementById(id);
const data = JSON.parse(element("data").textContent);

// base64 text of a version's sound ("audio") or spectrogram ("spectrogram")
const media = (kind, excerpt, version) =>
  element(`${kind}-${excerpt}-${version}`).textContent;

const nameOf = (version) => data.versions.find(({ id }) => id === version).name;

// create an element with its properties and children; strings become text, never HTML
function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}

// decode every version of an excerpt into its parts: [sound], or [base, added band] where the
// gain of the added band can be changed; an offline context works before the first click
async function decode(excerpt) {
  const context = new OfflineAudioContext(1, 1, data.sampleRate);
  const buffers = Object.fromEntries(await Promise.all(data.versions.map(async ({ id }) =>
    [id, await context.decodeAudioData(bytesOf(media("audio", excerpt, id)))])));
  return Object.fromEntries(data.versions.map(({ id, treble, baseGain }) => {
    if (treble === null || !data.base) return [id, [buffers[id]]];
    const base = mixed(buffers[data.base], baseGain, buffers[id], 0);
    return [id, [base, mixed(buffers[id], 1, base, -1)]];
  }));
}

// a * gainA + b * gainB
function mixed(a, gainA, b, gainB) {
  const { length, numberOfChannels, sampleRate } = a;
  const sum = new AudioBuffer({ length, numberOfChannels, sampleRate });
  for (let channel = 0; channel < numberOfChannels; channel += 1) {
    const [left, right] = [a.getChannelData(channel), b.getChannelData(channel)];
    sum.getChannelData(channel).forEach((_, index, samples) => {
      samples[index] = gainA * left[index] + gainB * right[index];
    });
  }
  return sum;
}

// 83.25 -> "1:23.3"
function clockTime(seconds) {
  const tenths = Math.round(seconds * 10);
  const rest = (tenths % 600) / 10;
  return `${Math.floor(tenths / 600)}:${rest < 10 ? "0" : ""}${rest.toFixed(1)}`;
}

const gainOf = (level) => 10 ** (level / 20);
const levelOf = (gain) => 20 * Math.log10(gain);

// -6.02 -> "−6.0 dB"
function decibels(level) {
  const value = level.toFixed(1).replace("-0.0", "0.0");
  return `${value.startsWith("-") ? "−" : "+"}${value.replace("-", "")} dB`;
}

// rows of values as CSV; texts are quoted
function csv(columns, rows) {
  const cell = (value) => typeof value === "string" ? `"${value.replaceAll('"', '""')}"` : value;
  const lines = rows.map((row) => columns.map((column) => cell(row[column])).join(","));
  return `${[columns.join(","), ...lines].join("\r\n")}\r\n`;
}

// save a text as a file
function save(name, text, type) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_DELAY);
}

// show a text in the status line, which screen readers read out
function showStatus(text) {
  if (element("status").textContent !== text) element("status").textContent = text;
}
