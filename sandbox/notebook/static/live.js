// The live view of a build. Python says what is so (live_message.py, plan.py), this draws it:
// a Store a build, which takes what arrives, and a View a place where the build is shown.

const SVG = "http://www.w3.org/2000/svg";
const TICK_MS = 100; // the clock's; the kernel sends at most as often
const STALE_MS = 4000; // the kernel speaks every second: after this it is gone, and time stands
const LETTER_PX = 6.3; // about, in a label
const SAY_MS = 3000; // between two sentences to a screen reader
const SIGNS = {
  waiting: "M5 1.5a3.5 3.5 0 1 0 .01 0",
  running: "M5 1.2a3.8 3.8 0 1 1 -3.8 3.8",
  cached: "M1.5 5.5L4.2 8.2L8.7 2.2",
  done: "M5 1.2a3.8 3.8 0 1 0 .01 0Z",
  skipped: "M1 5H9",
  failed: "M1.5 1.5L8.5 8.5M8.5 1.5L1.5 8.5",
  cancelled: "M1.5 1.5H8.5V8.5H1.5Z",
};
const ARROWS = { from: "FROM", copy: "COPY --from", mount: "RUN --mount from" };
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

// -- what has arrived -------------------------------------------------------------------

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

// -- one place where it is shown --------------------------------------------------------

class View {
  constructor(store) {
    this.store = store;
    this.boxes = new Map();
    this.bars = new Map();
    this.lanes = [];
    this.pointed = null; // { stage } or { bar } or { image }; null: follow what is at work
    this.isPinned = false;
    this.uid = `bkl${Math.random().toString(36).slice(2)}`;
    this.root = document.createElement("div");
    this.root.className = "bkl";
    store.views.add(this);
    this.head = put(this.root, "div", { class: "bkl-head" });
    this.title = put(this.head, "code", { class: "bkl-title" });
    this.progress = put(this.head, "span", { class: "bkl-progress" });
    const pictures = put(this.root, "div", { class: "bkl-pictures" });
    this.graph = put(pictures, "svg:svg", { class: "bkl-graph", role: "group", "aria-label": "Stages" });
    this.timeline = put(pictures, "svg:svg", {
      class: "bkl-timeline", role: "group", "aria-label": "Timeline; arrow keys go from bar to bar",
    });
    this.putDefinitions();
    this.legend = put(this.root, "ul", { class: "bkl-legend", "aria-label": "Legend" });
    const log = put(this.root, "section", { class: "bkl-log", "aria-label": "Log" });
    this.logHead = put(log, "div", { class: "bkl-log-head" });
    this.log = put(log, "pre", { tabindex: 0, "aria-label": "Log of what is pointed at" });
    this.log.addEventListener("scroll", () => {
      const isAtEnd = this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - 8;
      this.scrolledTo = isAtEnd ? null : this.log.scrollTop;
    });
    this.notes = put(this.root, "div", { class: "bkl-notes" });
    this.voice = put(this.root, "div", { class: "bkl-voice", role: "status", "aria-live": "polite" });
    this.saidAt = 0;
    this.scrolledTo = null; // null: at the end, and stays there
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.pin(null);
      // A notebook takes Enter and the arrows for itself.
      if (["Enter", " ", "Escape"].includes(event.key) || event.key.startsWith("Arrow")) event.stopPropagation();
    });
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(pictures);
    this.drawPlan();
    this.draw();
  }

  // In a picture of their own: what is not displayed lends no patterns.
  putDefinitions() {
    const defs = put(put(this.root, "svg:svg", { class: "bkl-definitions", "aria-hidden": true }), "svg:defs");
    const head = put(defs, "svg:marker", {
      id: `${this.uid}-head`, viewBox: "0 0 9 8", refX: 9, refY: 4, markerWidth: 9, markerHeight: 8,
      markerUnits: "userSpaceOnUse", orient: "auto", class: "bkl-arrowhead",
    });
    put(head, "svg:path", { d: "M0 0L9 4L0 8Z" });
    const hatch = put(defs, "svg:pattern", {
      id: `${this.uid}-hatch`, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
    });
    put(hatch, "svg:rect", { width: 2, height: 6, class: "bkl-hatch" });
  }

  leave() {
    clearInterval(this.timer);
    this.observer.disconnect();
    this.store.views.delete(this);
    this.root.remove();
  }

  tick() {
    const { state } = this.store;
    if (!state || state.over || document.hidden || !this.root.isConnected) return;
    this.drawHead();
    this.drawTimeline();
    for (const stage of state.stages) if (stage.state === "running") this.drawBox(stage);
  }

  draw() {
    if (!this.store.state) return;
    if (this.planDrawn !== this.store.plan) this.drawPlan();
    const { state } = this.store;
    if (state.over) clearInterval(this.timer);
    set(this.root, { "data-phase": state.phase });
    this.drawHead();
    for (const stage of state.stages) this.drawBox(stage);
    for (const image of state.images) this.drawImage(image);
    this.drawTimeline();
    this.drawLegend();
    this.drawLog();
    say(this.notes, [this.store.plan.note, ...state.notes].filter(Boolean).join("\n"));
    if (state.over || performance.now() - this.saidAt > SAY_MS) {
      say(this.voice, state.say);
      this.saidAt = performance.now();
    }
  }

  drawHead() {
    const { state, title, now } = this.store;
    const words = { running: "Building", done: "Built in", failed: "Failed after", cancelled: "Cancelled after" };
    say(this.title, title);
    say(this.progress, `${words[state.phase]} ${clock(now)} · ${state.done} of ${state.total} vertexes`);
  }

  // -- the stage graph ------------------------------------------------------------------

  drawPlan() {
    const { plan } = this.store;
    this.planDrawn = plan;
    this.graph.replaceChildren();
    this.boxes.clear();
    this.graph.style.display = plan?.boxes?.length ? "" : "none";
    if (!plan?.boxes?.length) return;
    const margin = 8;
    const [width, height] = [plan.width + 2 * margin, plan.height + 2 * margin];
    set(this.graph, { width, height, viewBox: `${-margin} ${-margin} ${width} ${height}` });
    this.graph.style.flexBasis = `${width}px`;
    for (const arrow of plan.arrows) {
      const classes = `bkl-arrow bkl-${arrow.kind}${arrow.faint ? " bkl-faint" : ""}`;
      const path = put(this.graph, "svg:path", { d: arrow.d, class: classes, "marker-end": `url(#${this.uid}-head)` });
      put(path, "svg:title", {}, ARROWS[arrow.kind]);
    }
    for (const image of plan.images) this.boxes.set(image.id, this.putBox(image, { image: image.id }));
    for (const box of plan.boxes) this.boxes.set(box.id, this.putBox(box, { stage: box.name }));
  }

  putBox(box, what) {
    const isStage = "stage" in what;
    const { width, height } = box;
    const group = put(this.graph, "svg:g", {
      class: isStage ? "bkl-box" : "bkl-image", transform: `translate(${box.x} ${box.y})`, "data-state": "waiting",
      "data-stage": isStage ? box.name : "", tabindex: 0, role: "button", "aria-pressed": false,
    });
    const parts = { group, name: box.name, platform: box.platform };
    parts.tip = put(group, "svg:title");
    const radius = isStage ? 8 : height / 2;
    if (box.target) put(group, "svg:rect", { x: -4, y: -4, width: width + 8, height: height + 8, rx: 11, class: "bkl-ring" });
    put(group, "svg:rect", { width, height, rx: radius, class: "bkl-face" });
    put(group, "svg:rect", { width, height, rx: radius, class: "bkl-pattern", fill: `url(#${this.uid}-hatch)` });
    parts.sign = isStage ? sign(group, 14, 31) : sign(group, 13, height / 2 - 6);
    put(group, "svg:text", isStage ? { x: 14, y: 22, class: "bkl-name" } : { x: 29, y: height / 2 + 3 }, box.label);
    if (isStage) parts.detail = put(group, "svg:text", { x: 30, y: 40, class: "bkl-detail" });
    const track = isStage ? { x: 14, y: height - 12 } : { x: 29, y: height - 8 };
    parts.room = width - track.x - 14;
    put(group, "svg:rect", { ...track, width: parts.room, height: 4, rx: 2, class: "bkl-track" });
    parts.share = put(group, "svg:rect", { ...track, width: 0, height: 4, rx: 2, class: "bkl-share" });
    this.makePointable(group, what);
    return parts;
  }

  drawBox(stage) {
    const parts = this.boxes.get(stage.id);
    if (!parts) return;
    const isRunning = stage.state === "running";
    const since = isRunning && !this.store.state.over ? this.store.now - this.store.state.elapsed : 0;
    const took = ["running", "done", "failed", "cancelled"].includes(stage.state);
    let detail = stage.state + (took ? ` ${isRunning ? clock(stage.busy + since) : seconds(stage.busy)}` : "");
    if (stage.bytes) detail += ` · ${stage.bytes}`;
    else if (isRunning) detail += ` · ${stage.done}/${stage.total}`;
    this.drawState(parts, stage, detail);
    say(parts.detail, detail);
  }

  drawImage(image) {
    const parts = this.boxes.get(image.id);
    if (parts) this.drawState(parts, image, `${image.state}${image.bytes ? ` ${image.bytes}` : ""}`);
  }

  drawState(parts, { state, share }, detail) {
    const what = parts.detail ? "stage" : "image";
    const label = `${what} ${parts.name}: ${detail}${parts.platform ? `, on ${parts.platform}` : ""}`;
    set(parts.group, { "data-state": state, "aria-label": label });
    say(parts.tip, label);
    set(parts.sign, { d: SIGNS[state] });
    parts.share.classList.toggle("bkl-unknown", share === null);
    set(parts.share, { width: (parts.room * (share ?? 1)).toFixed(1) });
  }

  // -- the timeline ---------------------------------------------------------------------

  drawTimeline() {
    const { state, now } = this.store;
    const width = Math.floor(this.timeline.getBoundingClientRect().width) || 600;
    const rows = state.lanes.map(() => 1);
    for (const bar of state.bars) rows[bar.lane] = Math.max(rows[bar.lane], bar.row + 1);
    const tops = [];
    let height = 0;
    state.lanes.forEach((lane, n) => {
      tops.push(height);
      height += Math.max(rows[n] * 22 + 10, lane.platform ? 38 : 30);
    });
    tops.push(height);
    const names = state.lanes.map((lane) => Math.max(lane.label.length, lane.platform.length * 0.9));
    const left = Math.min(Math.max(...names, 8) * 8.2 + 14, width * 0.3);
    const span = state.over ? Math.max(now, 0.001) : roundSpan(now);
    const scale = { left, width: width - left - 62, span };
    scale.x = (s) => left + (s / span) * scale.width;
    set(this.timeline, { height: height + 24 });
    if (!this.axis) {
      this.axis = put(this.timeline, "svg:g", { class: "bkl-axis", "aria-hidden": true });
      this.laneLayer = put(this.timeline, "svg:g");
      this.barLayer = put(this.timeline, "svg:g");
      this.nowLine = put(this.timeline, "svg:path", { class: "bkl-now" });
    }
    this.drawAxis(scale, height);
    this.drawLanes(scale, tops, width);
    this.drawBars(scale, tops, rows);
    set(this.nowLine, { d: `M${scale.x(now).toFixed(1)} 0V${height + 4}`, visibility: state.over ? "hidden" : "visible" });
  }

  drawAxis(scale, height) {
    const key = [scale.span, scale.left, scale.width, height].map((n) => n.toFixed(2)).join();
    if (this.axisKey === key) return;
    this.axisKey = key;
    this.axis.replaceChildren();
    const step = roundStep(scale.span, scale.width / 70);
    for (let n = 0; n * step <= scale.span * 1.0001; n += 1) {
      const x = scale.x(n * step).toFixed(1);
      put(this.axis, "svg:path", { d: `M${x} 0V${height + 4}` });
      const label = step < 0.01 ? `${Math.round(n * step * 1e6) / 1e3} ms` : `${Math.round(n * step * 1e3) / 1e3} s`;
      put(this.axis, "svg:text", { x, y: height + 18, "text-anchor": "middle" }, label);
    }
  }

  drawLanes(scale, tops, width) {
    const { state, now } = this.store;
    while (this.lanes.length > state.lanes.length) this.lanes.pop().group.remove();
    state.lanes.forEach((lane, n) => {
      if (!this.lanes[n]) {
        const group = put(this.laneLayer, "svg:g", { class: "bkl-lane" });
        const stripe = put(group, "svg:rect", { class: n % 2 ? "" : "bkl-stripe", x: 0, rx: 4 });
        const label = put(group, "svg:text", { x: 8, class: "bkl-name" });
        const platform = put(group, "svg:text", { x: 8, class: "bkl-detail" });
        const total = put(group, "svg:text", { "text-anchor": "end", class: "bkl-detail" });
        this.lanes[n] = { group, stripe, label, platform, total, sign: sign(group, 0, 0) };
        this.lanes[n].label.addEventListener("pointerenter", () => this.point(this.laneTarget(n)));
      }
      const parts = this.lanes[n];
      const middle = (tops[n] + tops[n + 1]) / 2;
      const bars = state.bars.filter((bar) => bar.lane === n);
      const busy = covered(bars.flatMap((bar) => bar.spans.map(([a, b]) => [a, b ?? now])));
      const isBusy = bars.some((bar) => bar.state === "running");
      const quiet = bars.length === 0 && lane.state;
      set(parts.group, { "data-state": lane.state, "data-lane": lane.label, "data-platform": lane.platform });
      set(parts.stripe, { y: tops[n], width, height: tops[n + 1] - tops[n] });
      set(parts.label, { y: middle + (lane.platform ? -3 : 4) });
      say(parts.label, cut(lane.label, scale.left - 12));
      set(parts.platform, { y: middle + 11 });
      say(parts.platform, lane.platform);
      set(parts.total, { x: quiet ? scale.left + 18 : width - 6, y: middle + 4, "text-anchor": quiet ? "start" : "end" });
      say(parts.total, quiet ? lane.state : lane.state === "cached" ? "cached" : isBusy ? clock(busy) : bars.length ? seconds(busy) : "");
      set(parts.sign, { d: quiet ? SIGNS[lane.state] : "" });
      set(parts.sign.parentNode, { transform: `translate(${scale.left + 3} ${middle - 5})` });
    });
  }

  laneTarget(n) {
    const lane = this.store.state.lanes[n];
    return lane?.stage ? { stage: lane.label } : null;
  }

  drawBars(scale, tops, rows) {
    const { state, now } = this.store;
    const right = scale.left + scale.width;
    const neighbours = new Map(); // "lane/row" → its bars, by start
    for (const bar of [...state.bars].sort((a, b) => a.spans[0][0] - b.spans[0][0])) {
      const key = `${bar.lane}/${bar.row}`;
      neighbours.set(key, [...(neighbours.get(key) ?? []), bar]);
    }
    for (const bar of state.bars) {
      if (!this.bars.has(bar.id)) this.bars.set(bar.id, this.putBar(bar));
      const parts = this.bars.get(bar.id);
      const spare = tops[bar.lane + 1] - tops[bar.lane] - rows[bar.lane] * 22;
      const y = tops[bar.lane] + spare / 2 + bar.row * 22 + 2;
      const places = bar.spans.map(([a, b]) => {
        const x = Math.min(scale.x(a), right - 4);
        return [x, Math.max(scale.x(b ?? now) - x, 4)];
      });
      const [x, end] = [places[0][0], places.at(-1)[0] + places.at(-1)[1]];
      const row = neighbours.get(`${bar.lane}/${bar.row}`);
      const [before, after] = [row[row.indexOf(bar) - 1], row[row.indexOf(bar) + 1]];
      while (parts.rects.length < places.length)
        parts.rects.push(["bkl-face", "bkl-pattern"].map((name) =>
          put(parts.faces, "svg:rect", { class: name, height: 18, rx: 3, fill: `url(#${this.uid}-hatch)` })));
      places.forEach(([at, wide], n) => {
        for (const rect of parts.rects[n]) set(rect, { x: at.toFixed(1), y, width: wide.toFixed(1) });
      });
      const took = bar.spans.reduce((sum, [a, b]) => sum + (b ?? now) - a, 0);
      const label = [bar.mark, bar.name].filter(Boolean).join(" · ");
      const words = `${bar.stage ? `${bar.stage}: ` : ""}${label}, ${bar.state}, ${seconds(took)}${bar.bytes ? `, ${bar.bytes}` : ""}${bar.critical ? ", on the critical path" : ""}`;
      set(parts.group, { "data-state": bar.state, "data-mark": bar.mark, "data-critical": bar.critical });
      // Seconds that count on would be read out again and again.
      if (bar.state !== "running") set(parts.group, { "aria-label": words });
      say(parts.tip, words);
      // The label goes into the bar, or where there is room: behind it, or before it.
      const isInside = end - x > Math.min(label.length * LETTER_PX + 12, 80);
      const rooms = [(after ? scale.x(after.spans[0][0]) : right + 12) - end, x - (before ? scale.x(before.spans.at(-1)[1] ?? now) : scale.left)];
      const isBehind = rooms[0] > 70 || rooms[0] >= rooms[1];
      const room = (isInside ? end - x : rooms[isBehind ? 0 : 1]) - 12;
      const at = isInside ? x + 5 : isBehind ? end + 5 : x - 5;
      set(parts.label, {
        x: at.toFixed(1), y: y + 13, class: isInside ? "bkl-inside" : "bkl-outside",
        "text-anchor": isInside || isBehind ? "start" : "end",
      });
      say(parts.label, room > 24 ? cut(bar.bytes && bar.state === "running" ? `${bar.bytes} ${label}` : label, room) : "");
      const underline = places.map(([at, wide]) => `M${at.toFixed(1)} ${y + 18}h${wide.toFixed(1)}`).join("");
      set(parts.critical, { d: bar.critical ? underline : "" });
    }
  }

  putBar(bar) {
    const isFirst = this.bars.size === 0; // one of them is reached by Tab, the rest by arrow keys
    const group = put(this.barLayer, "svg:g", {
      class: "bkl-bar", tabindex: isFirst ? 0 : -1, role: "button", "aria-pressed": false, "data-id": bar.id,
      "aria-label": `${bar.stage} ${bar.name}, ${bar.state}`,
    });
    const parts = { group, rects: [], tip: put(group, "svg:title"), faces: put(group, "svg:g") };
    parts.critical = put(group, "svg:path", { class: "bkl-critical" });
    parts.label = put(group, "svg:text");
    this.makePointable(group, { bar: bar.id });
    group.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const ids = this.store.state.bars.map((other) => other.id);
      const next = this.bars.get(ids[ids.indexOf(bar.id) + step]);
      if (!next) return;
      set(group, { tabindex: -1 });
      set(next.group, { tabindex: 0 });
      next.group.focus();
    });
    return parts;
  }

  // -- pointing, and the log of what is pointed at --------------------------------------

  makePointable(node, what) {
    node.addEventListener("pointerenter", () => this.point(what));
    node.addEventListener("focus", () => this.point(what));
    node.addEventListener("click", () => this.pin(what));
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.pin(what);
    });
  }

  point(what) {
    if (this.isPinned || !what) return;
    this.pointed = what;
    this.drawLog();
  }

  // Pinned, it stays whatever the mouse crosses; the same again, or Escape, lets it go.
  pin(what) {
    const isSame = this.isPinned && JSON.stringify(what) === JSON.stringify(this.pointed);
    this.isPinned = what !== null && !isSame;
    if (what) this.pointed = what;
    this.drawLog();
  }

  // Until somebody points: the stage that failed, or else one that is at work, as long as it is.
  get shown() {
    if (this.pointed) return this.pointed;
    const { stages } = this.store.state;
    const failed = stages.find((stage) => stage.state === "failed");
    const last = stages.find((stage) => stage.name === this.followed && stage.state === "running");
    const stage = failed ?? last ?? stages.find((one) => one.state === "running");
    this.followed = stage?.name ?? this.followed;
    return this.followed ? { stage: this.followed } : null;
  }

  drawLog() {
    if (!this.store.state) return;
    const { state } = this.store;
    const shown = this.shown;
    const image = state.images.find((one) => one.id === shown?.image);
    const bars = state.bars.filter((bar) =>
      shown?.stage ? bar.stage === shown.stage : image ? image.bars.includes(bar.id) : bar.id === shown?.bar);
    for (const [id, { group }] of this.boxes) this.mark(group, group.dataset.stage ? shown?.stage === group.dataset.stage : shown?.image === id);
    for (const [id, { group }] of this.bars) this.mark(group, shown?.bar === id);
    const parts = [];
    for (const bar of bars) {
      const log = this.store.logs.get(bar.id);
      if (!log && shown.stage) continue;
      if (shown.stage && parts.length) parts.push("");
      if (shown.stage) parts.push(`— ${state.lanes[bar.lane].platform} ${bar.name} —`.replace("—  ", "— "));
      if (log?.first) parts.push(`… ${log.first.toLocaleString("en")} lines before these are in the build's log file`);
      if (log) parts.push(...log.lines);
    }
    const stage = state.stages.find((one) => one.name === shown?.stage);
    const subject = stage?.name ?? (image ? this.boxes.get(image.id).name : (bars[0]?.name ?? ""));
    const what = (stage ?? image ?? bars[0])?.state ?? "";
    const hint = this.isPinned ? "pinned; Esc lets go" : "point at a box or a bar; Enter or a click pins it";
    say(this.logHead, subject ? `Log of ${subject} (${what}) · ${hint}` : `Log · ${hint}`);
    set(this.log, { "data-of": subject });
    this.writeLog(parts.join("\n") || (subject ? "Nothing was printed so far.".replace(state.over ? " so far" : "", "") : ""));
  }

  writeLog(text) {
    if (text === this.written) return;
    // Appended where it can be, so that a selection in the log lives on.
    if (this.written && text.startsWith(`${this.written}\n`)) this.log.append(text.slice(this.written.length));
    else this.log.textContent = text;
    this.written = text;
    this.scrollLog();
  }

  // To the end, unless the reader has gone back in it.
  scrollLog() {
    this.log.scrollTop = this.scrolledTo ?? this.log.scrollHeight;
  }

  mark(group, isShown) {
    set(group, { "aria-pressed": isShown && this.isPinned });
    group.classList.toggle("bkl-shown", Boolean(isShown));
  }

  drawLegend() {
    const { state, plan } = this.store;
    const present = new Set([...state.stages, ...state.bars].map((one) => one.state));
    const states = Object.keys(SIGNS).filter((name) => name !== "cancelled" || present.has(name));
    const kinds = Object.keys(ARROWS).filter((kind) => plan.arrows?.some((arrow) => arrow.kind === kind));
    const isCritical = state.bars.some((bar) => bar.critical);
    const key = [...states, ...kinds, isCritical].join();
    if (this.legendKey === key) return;
    this.legendKey = key;
    this.legend.replaceChildren();
    const entry = (label, attributes) => {
      const item = put(this.legend, "li");
      const box = put(item, "svg:svg", { width: 28, height: 16, "aria-hidden": true });
      const group = put(box, "svg:g", attributes);
      put(item, "span", {}, label);
      return group;
    };
    for (const name of states) {
      const group = entry(name, { class: "bkl-key", "data-state": name });
      const face = { x: 1.5, y: 1.5, width: 25, height: 13, rx: 3 };
      put(group, "svg:rect", { ...face, class: "bkl-face" });
      put(group, "svg:rect", { ...face, class: "bkl-pattern", fill: `url(#${this.uid}-hatch)` });
      set(sign(group, 9, 3), { d: SIGNS[name] });
    }
    for (const kind of kinds) put(entry(ARROWS[kind], {}), "svg:path", { d: "M0 8H26", class: `bkl-arrow bkl-${kind}` });
    if (isCritical) put(entry("critical path", {}), "svg:path", { d: "M1 12H26", class: "bkl-critical" });
  }
}

// -- small arithmetic -------------------------------------------------------------------

// A span that has room for some time to come, so that the axis stands still meanwhile.
function roundSpan(now) {
  for (const span of [2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1200, 1800])
    if (now * 1.05 < span) return span;
  return Math.ceil((now * 1.1) / 1800) * 1800;
}

function roundStep(span, parts) {
  const rough = span / Math.max(2, Math.min(parts, 8));
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough * 0.999);
}

// Seconds that spans cover together.
function covered(spans) {
  let [sum, end] = [0, -Infinity];
  for (const [a, b] of spans.sort((one, other) => one[0] - other[0])) {
    sum += Math.max(0, b - Math.max(a, end));
    end = Math.max(end, b);
  }
  return sum;
}

function cut(text, room) {
  const most = Math.floor(room / LETTER_PX);
  return text.length <= most ? text : most > 3 ? `${text.slice(0, most - 1).trimEnd()}…` : "";
}

// -- life -------------------------------------------------------------------------------

// At the end the kernel puts a static picture in the place of the widget, for the saved
// notebook. As long as this page is open, the view itself goes on in front of that picture.
function stayOn(view, area, index) {
  const adopt = () => {
    const picture = area.children[index]?.querySelector(".jp-RenderedSVG");
    // The picture of this very build, not of the next one that the same cell runs.
    if (!picture?.querySelector("img")?.src.includes(view.store.key)) return false;
    picture.classList.add("bkl-behind");
    picture.prepend(view.root);
    view.scrollLog();
    return true;
  };
  if (adopt()) return;
  const observer = new MutationObserver(() => adopt() && observer.disconnect());
  observer.observe(area, { childList: true, subtree: true });
  setTimeout(() => {
    observer.disconnect();
    if (!view.root.isConnected) view.leave();
  }, STALE_MS);
}

export default () => {
  const store = new Store();
  return {
    initialize({ model }) {
      store.takeState(model);
      model.on("change:state", () => store.takeState(model));
      model.on("msg:custom", (message) => store.takeLog(message));
    },
    render({ el }) {
      const view = new View(store);
      el.append(view.root);
      let [area, index] = [null, 0];
      const look = setInterval(() => {
        area = el.closest(".jp-OutputArea") ?? area;
        const child = el.closest(".jp-OutputArea-child");
        if (area && child?.parentNode === area) index = [...area.children].indexOf(child);
      }, TICK_MS);
      return () => {
        clearInterval(look);
        if (area) stayOn(view, area, index);
        else view.leave();
      };
    },
  };
};
