// The page: joins the player, the timeline and the two tabs, and hears the keyboard.

// s, steps of the arrow keys, without and with Shift
const STEP = 0.5;
const SMALL_STEP = 0.05;
// ms between two pictures of the cursor where motion is not wanted
const CALM = 250;

let excerpt = 0;
let drawn = 0; // ms, when the cursor was last drawn
const player = new Player(data.sampleRate, data.versions[0].id, () => draw());
const timeline = new Timeline(player);
const tabs = {
  listen: new Listen(player),
  blind: new Blind(player, () => data.excerpts[excerpt].title),
};
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const tab = () => element("player").dataset.tab;

function draw() {
  element("player").classList.toggle("playing", player.playing);
  element("play-label").textContent = player.playing ? "Pause" : "Play";
  element("play").disabled = !player.ready;
  timeline.draw();
  tabs.listen.draw(excerpt);
  tabs.blind.draw();
  if (player.ready) say(tabs[tab()].says());
}

function everyFrame(now) {
  if (player.playing && now - drawn >= (calm.matches ? CALM : 0)) {
    drawn = now;
    timeline.drawCursor();
  }
  requestAnimationFrame(everyFrame);
}

async function openExcerpt(index) {
  const wasPlaying = player.playing;
  excerpt = index;
  player.load(null);
  say("Getting the sound ready …");
  tabs.listen.showPictures(index);
  showLevels(data.excerpts[index].gains);
  const buffers = await decode(index);
  // another excerpt may have been chosen meanwhile
  if (excerpt !== index) return;
  player.load(buffers, data.excerpts[index].gains);
  if (wasPlaying) player.play();
}

function showLevels(gains) {
  const list = data.versions.map(({ id, name }) => `${name} ${decibels(gains[id])}`).join(", ");
  element("levels").textContent =
    `Louder nearly always sounds better, so all versions are made equally loud (same RMS as the ` +
    `original, and none can clip). Here: ${list}.`;
}

function openTab(name) {
  element("player").dataset.tab = name;
  for (const one of Object.keys(tabs)) {
    element(`tab-${one}`).setAttribute("aria-selected", one === name);
    element(`tab-${one}`).tabIndex = one === name ? 0 : -1;
    element(`panel-${one}`).hidden = one !== name;
  }
  tabs[name].enter();
  draw();
}

// keys that the focused element needs itself
function isNative({ target, key }) {
  if (target.matches("select")) return !/^[1-4[\]]$/.test(key);
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
  return actions[event.key] ?? tabs[tab()].action(event);
}

function onKey(event) {
  // AltGr, with which many keyboards write brackets, also counts as Ctrl and Alt
  const other = event.ctrlKey || event.altKey || event.metaKey;
  if ((other && !event.getModifierState("AltGraph")) || isNative(event)) return;
  const action = actionOf(event);
  if (!action) return;
  event.preventDefault();
  if (!event.repeat || event.key.startsWith("Arrow")) action();
}

function onTabKey(event) {
  if (!event.key.startsWith("Arrow")) return;
  const other = tab() === "listen" ? "blind" : "listen";
  openTab(other);
  element(`tab-${other}`).focus();
}

function connect() {
  const { excerpts } = data;
  element("excerpt").append(...excerpts.map(({ title, start }, index) =>
    new Option(`${title} (from ${clockTime(start)})`, index)));
  element("excerpt").addEventListener("change", (event) => {
    openExcerpt(Number(event.target.value));
  });
  element("volume").addEventListener("input", (event) => {
    // squared, because ears hear ratios
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

// For tests only: what the page is doing, read from the sound itself. Changes nothing.
window.listening = Object.freeze({
  state: () => ({
    ready: player.ready,
    playing: player.playing,
    position: player.position, // s
    duration: player.duration, // s
    loop: player.loop, // {start, end} in s, or null
    version: player.version, // what sounds
    excerpt,
    tab: tab(),
  }),
  gains: () => player.gains(), // version -> gain of the node now
  // dB of the bins 0 Hz to half the sample rate of what goes to the loudspeakers now
  spectrum: () => {
    const bins = new Float32Array(player.analyser?.frequencyBinCount ?? 0);
    player.analyser?.getFloatFrequencyData(bins);
    return Array.from(bins);
  },
  // the blind test: the letter that X is, and the result so far
  blind: () => tabs.blind.test && {
    x: tabs.blind.test.x,
    right: tabs.blind.test.right,
    chance: tabs.blind.test.chance,
    answers: structuredClone(tabs.blind.test.answers),
  },
  chanceOf,
});

connect();
openExcerpt(0).catch((error) => {
  say("This browser could not read the sound (FLAC). Please try a newer one.");
  throw error;
});
requestAnimationFrame(everyFrame);
