// Shared by all scripts: the data of the page, access to its elements, text formats.

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

// decode every version of an excerpt; an offline context works before the first click
async function decode(excerpt) {
  const context = new OfflineAudioContext(1, 1, data.sampleRate);
  const buffers = await Promise.all(
    data.versions.map(({ id }) => context.decodeAudioData(bytesOf(media("audio", excerpt, id)))),
  );
  return Object.fromEntries(data.versions.map(({ id }, index) => [id, buffers[index]]));
}

// 83.25 -> "1:23.3"
function clockTime(seconds) {
  const tenths = Math.round(seconds * 10);
  const rest = (tenths % 600) / 10;
  return `${Math.floor(tenths / 600)}:${rest < 10 ? "0" : ""}${rest.toFixed(1)}`;
}

// 0.5 -> "−6.0 dB"
function decibels(gain) {
  const value = (20 * Math.log10(gain)).toFixed(1).replace("-0.0", "0.0");
  return `${value.startsWith("-") ? "−" : "+"}${value.replace("-", "")} dB`;
}

// show a text in the status line, which screen readers read out
function showStatus(text) {
  if (element("status").textContent !== text) element("status").textContent = text;
}
