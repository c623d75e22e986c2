// The messages of one build, and the few tools that all parts of the view use.
// Before this stands what Python knows: STATE, SIGNS and ARROWS (browser_look.py).

const SVG = "http://www.w3.org/2000/svg";
const TICK_MS = 100; // the clock's; the kernel sends at most as often
const STALE_MS = 4000; // the kernel speaks every second: after this it is gone, and time stands
const LEAST_SCALE = 11 / 11.5; // of the graph, whose smallest letters have 11.5 px
const LETTER_PX = 7.1; // about, in a label
const BOLD_LETTER_PX = 8.4; // about, in the name of a lane
const LEAST_LETTERS = 10; // a shorter piece of a label says nothing
const LOG_LETTER_PX = 7.3; // as wide as 12 px monospace is
const SAY_MS = 3000; // between two sentences to a screen reader
const seconds = (s) => (s < 0.0995 ? `${Math.round(s * 1000)} ms` : `${s.toFixed(s < 9.995 ? 2 : 1)} s`);
const clock = (s) => `${s.toFixed(1)} s`;

function put(parent, name, attributes = {}, text = "") {
  const node = name.startsWith("svg:")
    ? document.createElementNS(SVG, name.slice(4))
    : document.createElement(name);
  set(node, attributes);
  if (text) node.textContent = text;
  parent.append(node);
  return node;
}

// Writes only what differs: an attribute that is set anew is drawn anew.
function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes))
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function sign(parent, x, y) {
  const place = put(parent, "svg:g", { class: "bkl-sign", transform: `translate(${x} ${y})` });
  return put(place, "svg:path");
}

function markShown(group, isShown, isPinned) {
  set(group, { "aria-pressed": isShown && isPinned });
  group.classList.toggle("bkl-shown", isShown);
}

class Store {
  views = new Set();
  logs = new Map(); // vertex → { first: number of the first line kept, lines }
  plan = null;
  state = null;
  arrivedAt = 0;

  takeState(model) {
    this.title = model.get("title");
    this.key = model.get("key");
    this.plan = model.get("plan");
    const state = model.get("state");
    if (!state.phase) return;
    this.state = state;
    this.arrivedAt = performance.now();
    for (const view of this.views) view.draw();
  }

  takeLog({ keep, logs }) {
    for (const { id, first, lines } of logs) {
      const log = this.logs.get(id) ?? { first, lines: [] };
      if (first > log.first + log.lines.length) log.lines = []; // some were left out in between
      log.lines = log.lines.concat(lines).slice(-keep);
      log.first = first + lines.length - log.lines.length;
      this.logs.set(id, log);
    }
    for (const [id, log] of this.logs)
      if (log.lines.length > keep) {
        log.first += log.lines.length - keep;
        this.logs.set(id, { first: log.first, lines: log.lines.slice(-keep) });
      }
    for (const view of this.views) view.drawLog();
  }

  // Seconds since BuildKit began: the kernel's word, and what has passed since it came.
  get now() {
    const since = Math.min(performance.now() - this.arrivedAt, STALE_MS) / 1000;
    return this.state.over ? this.state.elapsed : this.state.elapsed + since;
  }
}
