// Shows what the stream of events says. Texts are set as text and never as HTML.
"use strict";

const MOST_EVENTS = 50;
const STAGES = ["decode", "locate", "prepare", "classify"];
const byId = (id) => document.getElementById(id);
const texts = JSON.parse(document.querySelector("main").dataset.texts);
const text = (key) => texts[key] ?? key;

/** The words of a card, such as "ace of spades", in the page's language. */
function cardName(card) {
  const [rank, suit] = card.split(" of ");
  return suit === undefined ? text(rank) : text(rank) + text("of") + text(suit);
}

const percent = (share) => `${(share * 100).toFixed(1)} %`;

function element(name, content, className) {
  const made = document.createElement(name);
  if (content !== undefined) made.textContent = content;
  if (className) made.className = className;
  return made;
}

function vector(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function showNotice(key) {
  byId("notice").hidden = key === null;
  byId("notice").textContent = key === null ? "" : text(key);
}

// The picture -----------------------------------------------------------------------------------

/** The largest focus since the page was opened or the button was pressed. */
let bestFocus = 0;
byId("reset").addEventListener("click", () => { bestFocus = 0; });

function showPicture({ preview }) {
  byId("waiting").hidden = true;
  const { frame_width: width, frame_height: height } = preview;
  byId("picture").parentElement.style.aspectRatio = `${width} / ${height}`;
  const outlines = byId("outlines");
  outlines.setAttribute("viewBox", `0 0 ${width} ${height}`);
  outlines.replaceChildren(...preview.outlines.flatMap((outline) => outlineShapes(outline, height)));
  showFocus(preview.focus);
  showExposure(preview.exposure);
  showState(preview.state, preview.card, preview.confidence);
  showLeds(preview.leds);
  const named = preview.outlines.filter((outline) => outline.card && outline.confidence !== null);
  confidences = new Map(named.map((outline) => [outline.card, outline.confidence]));
  if (preview.card) confidences.set(preview.card, preview.confidence);
  showCards();
}

function outlineShapes(outline, height) {
  const points = outline.corners.map((corner) => corner.join(",")).join(" ");
  const shapes = [vector("polygon", { points, class: outline.card ? "named" : "" })];
  if (outline.card) {
    const xs = outline.corners.map(([x]) => x), ys = outline.corners.map(([, y]) => y);
    const size = height / 22;
    const label = vector("text", {
      x: (Math.min(...xs) + Math.max(...xs)) / 2,
      y: Math.max(Math.min(...ys) - size / 3, size),
      "font-size": size, "stroke-width": size / 5,
    });
    label.textContent = cardName(outline.card);
    shapes.push(label);
  }
  return shapes;
}

function showFocus(focus) {
  bestFocus = Math.max(bestFocus, focus);
  // The bar ends a little above the best value, so that a better one is visible.
  const scale = 100 / (bestFocus * 1.15 || 1);
  byId("focus").textContent = focus.toFixed(1);
  byId("focus-bar").style.width = `${focus * scale}%`;
  byId("focus-best").style.left = `${bestFocus * scale}%`;
}

function showExposure({ mean, dark, bright }) {
  byId("exposure").textContent = `${(mean * 100).toFixed(0)} %`;
  byId("exposure-mark").style.left = `${mean * 100}%`;
  let hint = text("exposure_good");
  if (bright > 0.1 || mean > 0.8) hint = text("exposure_bright");
  else if (dark > 0.5 || mean < 0.15) hint = text("exposure_dark");
  byId("exposure-hint").textContent = hint;
}

// What is seen ----------------------------------------------------------------------------------

function showState(state, card, confidence) {
  const shown = byId("state");
  shown.className = `state ${state}`;
  shown.textContent = card ? `${cardName(card)} ${confidence === null ? "" : percent(confidence)}` : text(state);
}

/** The cards of the last status, and the confidence of each that the last picture names. */
let cards = [], confidences = new Map();

function showCards() {
  const items = cards.map((card) => element("li",
    confidences.has(card) ? `${cardName(card)} ${percent(confidences.get(card))}` : cardName(card)));
  byId("cards").replaceChildren(...(items.length ? items : [element("li", text("no_cards"))]));
}

function showLeds(leds) {
  byId("leds").replaceChildren(...leds.map((led) => {
    const item = element("li", led.label, led.is_lit ? `lit ${led.color}` : "");
    item.title = led.rule;
    return item;
  }));
}

// The device ------------------------------------------------------------------------------------

function showDevice({ connected, hello, status, leds, resident_bytes: memory }) {
  showNotice(connected ? null : "disconnected");
  if (hello) byId("name").textContent = hello.device_name;
  if (!connected) {
    byId("waiting").hidden = false;
    byId("outlines").replaceChildren();
  }
  if (!status) return;
  showState(status.state, status.card, status.confidence);
  showLeds(leds);
  cards = status.cards;
  if (status.card) confidences.set(status.card, status.confidence);
  showCards();
  const stages = status.stages === null ? [] : STAGES.map((stage) => [stage, status.stages[stage]]);
  const health = status.healthy ? "healthy" : "not_healthy";
  const faults = Object.entries(status.faults);
  const rows = [
    ["health", text(health), status.healthy ? "good" : "bad"],
    ...faults.map(([device, fault]) => [device, fault, "bad"]),
    ["fps", status.fps.toFixed(1)],
    ["stages", stages.map(([stage, times]) => `${text(stage)} ${times.p50_millis.toFixed(1)} ms`).join(", ")],
    ["temperature", status.temperature_celsius === null ? "–" : `${status.temperature_celsius.toFixed(0)} °C`],
    ["memory", memory === null ? "–" : `${(memory / 2 ** 20).toFixed(0)} MiB`],
    ["uptime", duration(status.uptime_seconds)],
    ["version", status.version],
    ["model", status.model.sha256.slice(0, 12)],
  ];
  byId("device").replaceChildren(...rows.flatMap(([key, value, className]) =>
    [element("dt", text(key)), element("dd", value, className)]));
}

function duration(seconds) {
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  return [hours, minutes, seconds % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

// Events ----------------------------------------------------------------------------------------

function addChange(change) {
  const words = [text(change.event ?? change.state)];
  if (change.card) words.push(cardName(change.card));
  if (change.confidence !== undefined) words.push(percent(change.confidence));
  const item = element("li");
  const time = element("time", new Date(change.time).toLocaleTimeString(document.documentElement.lang));
  time.dateTime = change.time;
  item.append(time, element("span", words.join(" ")));
  const events = byId("events");
  events.prepend(item);
  while (events.children.length > MOST_EVENTS) events.lastChild.remove();
}

// The streams -----------------------------------------------------------------------------------

function begin() {
  byId("picture").src = `/pictures?${Date.now()}`;
  const events = new EventSource("/events");
  const on = (name, show) => events.addEventListener(name, (event) => show(JSON.parse(event.data)));
  on("device", showDevice);
  on("picture", showPicture);
  on("change", addChange);
  // The stream begins with the recent events whenever it is opened.
  events.addEventListener("open", () => { byId("events").replaceChildren(); showNotice(null); });
  events.addEventListener("error", () => showNotice("offline"));
  // A stream of pictures that has ended is not opened again by the browser.
  byId("picture").addEventListener("error", () => {
    setTimeout(() => { byId("picture").src = `/pictures?${Date.now()}`; }, 2000);
  });
}

begin();
