// The page: connects the player, the timeline and the tabs, and handles the keyboard.

// s, steps of the arrow keys, without and with Shift
const STEP = 0.5;
const SMALL_STEP = 0.05;
// ms between two positions of the cursor if the user prefers reduced motion
const REDUCED_MOTION_INTERVAL = 250;

let excerpt = 0;
let cursorTime = 0; // ms, when the cursor was last drawn
const player = new Player(data.sampleRate, data.versions[0].id, () => draw());
const timeline = new Timeline(player);
const excerptTitle = () => data.excerpts[excerpt].title;
const tabs = {
  listen: new Listen(player),
  abx: new AbxPanel(player, excerptTitle),
  preference: new PreferencePanel(player, excerptTitle),
};
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
const currentTab = () => element("player").dataset.tab;

function draw() {
  element("player").classList.toggle("playing", player.playing);
  element("play-label").textContent = player.playing ? "Pause" : "Play";
  element("play").disabled = !player.ready;
  timeline.draw();
  tabs.listen.draw(excerpt);
  tabs.abx.draw();
  tabs.preference.draw();
  if (player.ready) showStatus(tabs[currentTab()].status());
}

function drawFrame(now) {
  const interval = reducedMotion.matches ? REDUCED_MOTION_INTERVAL : 0;
  if (player.playing && now - cursorTime >= interval) {
    cursorTime = now;
    timeline.drawCursor();
  }
  requestAnimationFrame(drawFrame);
}

async function openExcerpt(index) {
  const wasPlaying = player.playing;
  excerpt = index;
  player.load(null);
  showStatus("Decoding the sound …");
  tabs.listen.showSpectrograms(index);
  showGains(data.excerpts[index].gains);
  const buffers = await decode(index);
  // another excerpt may have been chosen meanwhile
  if (excerpt !== index) return;
  player.load(buffers, data.excerpts[index].gains);
  if (wasPlaying) player.play();
}

function showGains(gains) {
  const list = data.versions.map(({ id, name }) => `${name} ${decibels(levelOf(gains[id]))}`).join(", ");
  element("gains").textContent =
    `Louder versions nearly always sound better, so all versions are played at the RMS of the ` +
    `first, without clipping. Gains in this excerpt: ${list}.`;
}

function openTab(name) {
  element("player").dataset.tab = name;
  element("player").classList.toggle("blind", name !== "listen");
  // a blind test plays the versions as they were made
  player.setTrebles(name === "listen" ? tabs.listen.trebles : {});
  for (const other of Object.keys(tabs)) {
    element(`tab-${other}`).setAttribute("aria-selected", other === name);
    element(`tab-${other}`).tabIndex = other === name ? 0 : -1;
    element(`panel-${other}`).hidden = other !== name;
  }
  tabs[name].enter();
  draw();
}

// keys that the focused element needs for itself
function isNative({ target, key }) {
  if (target.matches("select")) return !/^[1-9[\]]$/.test(key);
  if (target.matches("[type=checkbox]")) return key === " ";
  if (target.matches("input, [role=tab]")) return key.startsWith("Arrow") || key === "Home";
  return key === " " && target.matches("summary, [data-native-space]");
}

function actionOf(event) {
  const step = event.shiftKey ? SMALL_STEP : STEP;
  const actions = {
    " ": () => player.toggle(),
    ArrowLeft: () => player.step(-step),
    ArrowRight: () => player.step(step),
    Home: () => player.seek(player.region.start),
    "[": () => timeline.mark("start"),
    "]": () => timeline.mark("end"),
    Escape: () => player.setLoop(null),
  };
  return actions[event.key] ?? tabs[currentTab()].action(event);
}

function onKey(event) {
  // AltGr, which some keyboards need for brackets, also sets Ctrl and Alt
  const modified = event.ctrlKey || event.altKey || event.metaKey;
  if ((modified && !event.getModifierState("AltGraph")) || isNative(event)) return;
  const action = actionOf(event);
  if (!action) return;
  event.preventDefault();
  if (!event.repeat || event.key.startsWith("Arrow")) action();
}

function onTabKey(event) {
  if (!event.key.startsWith("Arrow")) return;
  const names = Object.keys(tabs);
  const step = event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 1;
  const other = names.at((names.indexOf(currentTab()) + step) % names.length);
  openTab(other);
  element(`tab-${other}`).focus();
}

function addListeners() {
  element("excerpt").append(...data.excerpts.map(({ title, start }, index) =>
    new Option(`${title} (from ${clockTime(start)})`, index)));
  element("excerpt").addEventListener("change", (event) => {
    openExcerpt(Number(event.target.value));
  });
  element("volume").addEventListener("input", (event) => {
    // squared, because loudness is perceived as a ratio
    player.setVolume((event.target.value / 100) ** 2);
  });
  element("play").addEventListener("click", () => player.toggle());
  element("loop-start").addEventListener("click", () => timeline.mark("start"));
  element("loop-end").addEventListener("click", () => timeline.mark("end"));
  element("loop-clear").addEventListener("click", () => player.setLoop(null));
  for (const name of Object.keys(tabs)) {
    element(`tab-${name}`).addEventListener("click", () => openTab(name));
    element(`tab-${name}`).addEventListener("keydown", onTabKey);
  }
  document.addEventListener("keydown", onKey);
  player.setVolume((element("volume").value / 100) ** 2);
}

// for tests only: reads the state of the page, changes nothing
window.testHook = Object.freeze({
  state: () => ({
    ready: player.ready,
    playing: player.playing,
    position: player.position, // s
    duration: player.duration, // s
    loop: player.loop, // {start, end} in s, or null
    version: player.version, // the audible one
    excerpt,
    tab: currentTab(),
  }),
  gains: () => player.gains(), // version -> current gain
  trebles: () => player.gains("trebles"), // version -> current gain of its added band
  // dB of the bins from 0 Hz to half the sample rate, at the output
  spectrum: () => {
    const bins = new Float32Array(player.analyser?.frequencyBinCount ?? 0);
    player.analyser?.getFloatFrequencyData(bins);
    return Array.from(bins);
  },
  // the ABX test: the letter that X is, and the result so far
  abx: () => tabs.abx.test && {
    x: tabs.abx.test.x,
    correct: tabs.abx.test.correct,
    pValue: tabs.abx.test.pValue,
    answers: structuredClone(tabs.abx.test.answers),
  },
  // the preference test: the sides of this trial, and the result so far
  preference: () => tabs.preference.test && {
    sides: ["A", "B"].map((letter) => tabs.preference.test.versionOf(letter)),
    results: tabs.preference.test.results(),
    answers: structuredClone(tabs.preference.test.answers),
  },
  pValueOf,
  wilson,
});

addListeners();
openExcerpt(0).catch((error) => {
  showStatus("This browser cannot decode FLAC sound. Please use a newer one.");
  throw error;
});
requestAnimationFrame(drawFrame);
