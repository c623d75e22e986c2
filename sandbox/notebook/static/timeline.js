// The timeline: a lane a stage and platform, a bar a vertex, and the line of now.

class Timeline {
  constructor(parent, view) {
    this.view = view;
    this.bars = new Map();
    this.lanes = [];
    this.svg = put(parent, "svg:svg", {
      class: "bkl-timeline", role: "group", "aria-label": "Timeline; arrow keys go from bar to bar",
    });
    this.axis = put(this.svg, "svg:g", { class: "bkl-axis", "aria-hidden": true });
    this.laneLayer = put(this.svg, "svg:g");
    this.barLayer = put(this.svg, "svg:g");
    this.nowLine = put(this.svg, "svg:path", { class: "bkl-now" });
  }

  draw() {
    const { state, now } = this.view.store;
    const width = Math.floor(this.svg.getBoundingClientRect().width) || 600;
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
    const left = Math.min(Math.max(...names, 8) * BOLD_LETTER_PX + 22, width * 0.3);
    const span = state.over ? Math.max(now, 0.001) : roundSpan(now);
    const scale = { left, width: width - left - 62, span };
    scale.x = (s) => left + (s / span) * scale.width;
    set(this.svg, { height: height + 24 });
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
    const { state, now } = this.view.store;
    while (this.lanes.length > state.lanes.length) this.lanes.pop().group.remove();
    state.lanes.forEach((lane, n) => {
      if (!this.lanes[n]) {
        const group = put(this.laneLayer, "svg:g", { class: "bkl-lane" });
        const stripe = put(group, "svg:rect", { class: n % 2 ? "" : "bkl-stripe", x: 0, rx: 4 });
        const label = put(group, "svg:text", { x: 8, class: "bkl-name" });
        const platform = put(group, "svg:text", { x: 8, class: "bkl-detail" });
        const total = put(group, "svg:text", { "text-anchor": "end", class: "bkl-detail" });
        this.lanes[n] = { group, stripe, label, platform, total, sign: sign(group, 0, 0) };
        this.lanes[n].label.addEventListener("pointerenter", () => this.view.point(this.laneTarget(n)));
      }
      const parts = this.lanes[n];
      const middle = (tops[n] + tops[n + 1]) / 2;
      const bars = state.bars.filter((bar) => bar.lane === n);
      const busy = covered(bars.flatMap((bar) => bar.spans.map(([a, b]) => [a, b ?? now])));
      const isBusy = bars.some((bar) => bar.state === STATE.RUNNING);
      const quiet = bars.length === 0 && lane.state;
      const word = lane.state === STATE.CACHED || (lane.state === STATE.FAILED && !lane.stage) ? lane.state : "";
      set(parts.group, { "data-state": lane.state, "data-lane": lane.label, "data-platform": lane.platform });
      set(parts.stripe, { y: tops[n], width, height: tops[n + 1] - tops[n] });
      set(parts.label, { y: middle + (lane.platform ? -3 : 4) });
      say(parts.label, cut(lane.label, scale.left - 22, { letter: BOLD_LETTER_PX, least: 1 }));
      set(parts.platform, { y: middle + 11 });
      say(parts.platform, lane.platform);
      set(parts.total, { class: quiet ? "bkl-detail bkl-quiet" : "bkl-detail" });
      set(parts.total, { x: quiet ? scale.left + 18 : width - 6, y: middle + 4, "text-anchor": quiet ? "start" : "end" });
      say(parts.total, quiet ? lane.state : word ? word : isBusy ? clock(busy) : bars.length ? seconds(busy) : "");
      set(parts.sign, { d: quiet ? SIGNS[lane.state] : "" });
      set(parts.sign.parentNode, { transform: `translate(${scale.left + 3} ${middle - 5})` });
    });
  }

  laneTarget(n) {
    const lane = this.view.store.state.lanes[n];
    return lane?.stage ? { stage: lane.label } : null;
  }

  drawBars(scale, tops, rows) {
    const { state, now } = this.view.store;
    const right = scale.left + scale.width;
    const neighbours = new Map(); // "lane/row" → its bars, by start
    const labelEnds = new Map(); // bar → where the label behind it ends
    const begin = (bar) => (bar.waits[0] ?? bar.spans[0])[0];
    const byStart = [...state.bars].sort((a, b) => begin(a) - begin(b));
    for (const bar of byStart) {
      const key = `${bar.lane}/${bar.row}`;
      neighbours.set(key, [...(neighbours.get(key) ?? []), bar]);
    }
    for (const bar of state.bars) if (!this.bars.has(bar.id)) this.bars.set(bar.id, this.putBar(bar));
    const places = new Map(byStart.map((bar) => [bar, bar.spans.map(([a, b]) => {
      const x = Math.min(scale.x(a), right - 4);
      return [x, Math.max(scale.x(b ?? now) - x, 4)];
    })]));
    const groups = new Map(); // bar → the cached bars that it stands among
    for (const row of neighbours.values()) spread(row, places, groups, right);
    for (const bar of byStart) {
      const parts = this.bars.get(bar.id);
      const spare = tops[bar.lane + 1] - tops[bar.lane] - rows[bar.lane] * 22;
      const y = tops[bar.lane] + spare / 2 + bar.row * 22 + 2;
      const own = places.get(bar);
      const group = groups.get(bar);
      // Of its first span, when it was at work several times: the label belongs to that one.
      const [x, end, again] = [own[0][0], own[0][0] + own[0][1], own[1]?.[0]];
      const row = neighbours.get(`${bar.lane}/${bar.row}`);
      const [before, after] = [row[row.indexOf(bar) - 1], row[row.indexOf(bar) + 1]];
      while (parts.rects.length < own.length)
        parts.rects.push(["bkl-face", "bkl-pattern"].map((name) =>
          put(parts.faces, "svg:rect", { class: name, height: 18, rx: 3, fill: `url(#${this.view.uid}-hatch)` })));
      own.forEach(([at, wide], n) => {
        for (const rect of parts.rects[n]) set(rect, { x: at.toFixed(1), y, width: wide.toFixed(1) });
      });
      const waited = bar.waits.reduce((sum, [a, b]) => sum + b - a, 0);
      const took = bar.spans.reduce((sum, [a, b]) => sum + (b ?? now) - a, 0);
      const [label, name] = [bar.label, bar.name].map((text) => [bar.mark, text].filter(Boolean).join(" · "));
      const words = `${bar.stage ? `${bar.stage}: ` : ""}${name}, ${bar.word}, ${seconds(took)}${bar.bytes ? `, ${bar.bytes}` : ""}${bar.critical ? ", on the critical path" : ""}${waited ? `, after waiting ${seconds(waited)} for a cache mount` : ""}`;
      set(parts.group, { "data-state": bar.state, "data-mark": bar.mark, "data-critical": bar.critical });
      // Seconds that count on would be read out again and again.
      if (bar.state !== STATE.RUNNING) set(parts.group, { "aria-label": words });
      say(parts.tip, words);
      // The label goes into the bar, or where there is room: behind it, or before it.
      const isInside = end - x > Math.min(label.length * LETTER_PX + 12, 80);
      const free = before ? Math.max(scale.x(before.spans.at(-1)[1] ?? now), labelEnds.get(before) ?? 0) : scale.left + 10;
      const rooms = [(again ?? (after ? Math.min(scale.x(begin(after)), places.get(after)[0][0]) : right + 12)) - end, x - free];
      const isBehind = rooms[0] > 70 || rooms[0] >= rooms[1];
      const room = (isInside ? end - x : rooms[isBehind ? 0 : 1]) - 12;
      const at = isInside ? x + 5 : isBehind ? end + 5 : x - 5;
      set(parts.label, {
        x: at.toFixed(1), y: y + 13, class: isInside ? "bkl-inside" : "bkl-outside",
        "text-anchor": isInside || isBehind ? "start" : "end",
      });
      const shown = group ? (bar === group.at(-1) ? `${group.length} ${bar.state}` : "") : room > 24 ? cut(bar.bytes && bar.state === STATE.RUNNING ? `${bar.bytes} ${label}` : label, room) : "";
      say(parts.label, shown);
      if (shown && !isInside && isBehind) labelEnds.set(bar, at + shown.length * LETTER_PX);
      set(parts.waits, { d: bar.waits.map(([a, b]) => `M${scale.x(a).toFixed(1)} ${y + 9}H${scale.x(b).toFixed(1)}`).join("") });
      const underline = own.map(([at, wide]) => `M${at.toFixed(1)} ${y + 18}h${wide.toFixed(1)}`).join("");
      set(parts.critical, { d: bar.critical ? underline : "" });
    }
  }

  putBar(bar) {
    const isFirst = this.bars.size === 0; // one of them is reached by Tab, the rest by arrow keys
    const group = put(this.barLayer, "svg:g", {
      class: "bkl-bar", tabindex: isFirst ? 0 : -1, role: "button", "aria-pressed": false, "data-id": bar.id,
      "aria-label": `${bar.stage} ${bar.name}, ${bar.word}`,
    });
    const parts = { group, rects: [], tip: put(group, "svg:title"), faces: put(group, "svg:g") };
    parts.waits = put(group, "svg:path", { class: "bkl-waits" });
    parts.critical = put(group, "svg:path", { class: "bkl-critical" });
    parts.label = put(group, "svg:text");
    this.view.makePointable(group, { bar: bar.id });
    group.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const ids = this.view.store.state.bars.map((other) => other.id);
      const next = this.bars.get(ids[ids.indexOf(bar.id) + step]);
      if (!next) return;
      set(group, { tabindex: -1 });
      set(next.group, { tabindex: 0 });
      next.group.focus();
    });
    return parts;
  }

  // Shows what the log is of.
  mark(shown, isPinned) {
    for (const [id, { group }] of this.bars) markShown(group, shown?.bar === id, isPinned);
  }
}

// Cached vertices take no time. Those that would lie on each other stand side by side, in the order
// of the Dockerfile, with one label behind the last of them.
function spread(row, places, groups, right) {
  const clusters = [];
  for (const bar of row) {
    const [x, width] = places.get(bar)[0];
    const last = clusters.at(-1);
    const isNear = last && x - last.end < 1 && last.bars[0].state === STATE.CACHED;
    if (bar.state === STATE.CACHED && isNear) {
      last.bars.push(bar);
      last.end = Math.max(last.end + 5, x + width);
    } else clusters.push({ bars: [bar], x, end: x + width });
  }
  for (const { bars, x } of clusters.filter((one) => one.bars.length > 1)) {
    bars.sort((a, b) => a.place - b.place);
    const from = Math.min(x, right - 5 * bars.length);
    bars.forEach((bar, n) => places.set(bar, [[from + 5 * n, 4]]));
    for (const bar of bars) groups.set(bar, bars);
    row.splice(Math.min(...bars.map((bar) => row.indexOf(bar))), bars.length, ...bars);
  }
}

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

function cut(text, room, { letter = LETTER_PX, least = LEAST_LETTERS } = {}) {
  const most = Math.floor(room / letter);
  return text.length <= most ? text : most > least ? `${text.slice(0, most - 1).trimEnd()}…` : "";
}
