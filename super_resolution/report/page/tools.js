// What every other file here uses: the page's data, its elements, and plain formatting.

const element = (id) => document.getElementById(id);
const data = JSON.parse(element("data").textContent);

// base64 text of one version's sound ("audio") or spectrogram ("picture")
const media = (kind, excerpt, version) =>
  element(`${kind}-${excerpt}-${version}`).textContent;

const nameOf = (version) => data.versions.find(({ id }) => id === version).name;

// make an element: its properties, then its children (text stays text, never HTML)
function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}

// decode every version of an excerpt; an offline context needs no press of a button first
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

function decibels(gain) {
  const value = (20 * Math.log10(gain)).toFixed(1).replace("-0.0", "0.0");
  return `${value.startsWith("-") ? "−" : "+"}${value.replace("-", "")} dB`;
}

// tell everyone, screen readers included, what has just happened
function say(text) {
  if (element("status").textContent !== text) element("status").textContent = text;
}
