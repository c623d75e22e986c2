// The stage graph: placed by Python before the build began (plan.py), coloured while it runs.

class Graph {
  constructor(parent, view) {
    this.view = view;
    this.boxes = new Map();
    this.svg = put(parent, "svg:svg", { class: "bkl-graph", role: "group", "aria-label": "Stages" });
  }

  drawPlan() {
    const { plan } = this.view.store;
    this.drawn = plan;
    this.svg.replaceChildren();
    this.boxes.clear();
    this.svg.style.display = plan?.boxes?.length ? "" : "none";
    if (!plan?.boxes?.length) return;
    const margin = 8;
    const [width, height] = [plan.width + 2 * margin, plan.height + 2 * margin];
    set(this.svg, { width, height, viewBox: `${-margin} ${-margin} ${width} ${height}` });
    this.svg.style.flexBasis = `${width}px`;
    // Less than that, and its letters would be smaller than 11 px.
    this.svg.style.minWidth = `${Math.floor(width * LEAST_SCALE)}px`;
    for (const arrow of plan.arrows) {
      const classes = `bkl-arrow bkl-${arrow.kind}${arrow.faint ? " bkl-faint" : ""}`;
      const path = put(this.svg, "svg:path", { d: arrow.d, class: classes, "marker-end": `url(#${this.view.uid}-head)` });
      put(path, "svg:title", {}, ARROWS[arrow.kind]);
    }
    for (const image of plan.images) this.boxes.set(image.id, this.putBox(image, { image: image.id }));
    for (const box of plan.boxes) this.boxes.set(box.id, this.putBox(box, { stage: box.name }));
  }

  putBox(box, what) {
    const isStage = "stage" in what;
    const { width, height } = box;
    const group = put(this.svg, "svg:g", {
      class: isStage ? "bkl-box" : "bkl-image", transform: `translate(${box.x} ${box.y})`, "data-state": STATE.WAITING,
      "data-stage": isStage ? box.name : "", tabindex: 0, role: "button", "aria-pressed": false,
    });
    const parts = { group, name: box.name, platform: box.platform, isNamed: box.named ?? true };
    parts.tip = put(group, "svg:title");
    const radius = isStage ? 8 : height / 2;
    if (box.target) put(group, "svg:rect", { x: -4, y: -4, width: width + 8, height: height + 8, rx: 11, class: "bkl-ring" });
    put(group, "svg:rect", { width, height, rx: radius, class: "bkl-face" });
    put(group, "svg:rect", { width, height, rx: radius, class: "bkl-pattern", fill: `url(#${this.view.uid}-hatch)` });
    parts.sign = isStage ? sign(group, 14, 31) : sign(group, 13, height / 2 - 6);
    put(group, "svg:text", isStage ? { x: 14, y: 22, class: "bkl-name" } : { x: 29, y: height / 2 + 3 }, box.label);
    if (isStage) parts.detail = put(group, "svg:text", { x: 30, y: 40, class: "bkl-detail" });
    const track = isStage ? { x: 14, y: height - 12 } : { x: 29, y: height - 8 };
    parts.room = width - track.x - 14;
    put(group, "svg:rect", { ...track, width: parts.room, height: 4, rx: 2, class: "bkl-track" });
    parts.share = put(group, "svg:rect", { ...track, width: 0, height: 4, rx: 2, class: "bkl-share" });
    this.view.makePointable(group, what);
    return parts;
  }

  draw() {
    const { plan, state } = this.view.store;
    if (this.drawn !== plan) this.drawPlan();
    for (const stage of state.stages) this.drawBox(stage);
    for (const image of state.images) this.drawImage(image);
  }

  // Between two messages only the seconds of what is at work change.
  tick() {
    for (const stage of this.view.store.state.stages) if (stage.state === STATE.RUNNING) this.drawBox(stage);
  }

  // Shows what the log is of.
  mark(shown, isPinned) {
    for (const [id, { group }] of this.boxes) {
      const { stage } = group.dataset;
      markShown(group, stage ? shown?.stage === stage : shown?.image === id, isPinned);
    }
  }

  nameOf(id) {
    return this.boxes.get(id)?.name ?? "";
  }

  drawBox(stage) {
    const parts = this.boxes.get(stage.id);
    if (!parts) return;
    const isRunning = stage.state === STATE.RUNNING;
    const since = isRunning && !this.view.store.state.over ? this.view.store.now - this.view.store.state.elapsed : 0;
    let detail = stage.state + (stage.timed ? ` ${isRunning ? clock(stage.busy + since) : seconds(stage.busy)}` : "");
    if (stage.bytes) detail += ` · ${stage.bytes}`;
    else if (stage.timed && !isRunning && stage.cached) detail += `, ${stage.cached}`;
    else if (isRunning) detail += ` · ${stage.done}/${stage.total}`;
    this.drawState(parts, stage, detail);
    say(parts.detail, detail);
  }

  drawImage(image) {
    const parts = this.boxes.get(image.id);
    if (parts) this.drawState(parts, image, `${image.word}${image.bytes ? ` ${image.bytes}` : ""}`);
  }

  drawState(parts, { state, share }, detail) {
    const what = parts.detail ? "stage" : "image";
    const name = parts.isNamed ? parts.name : `${parts.name} (without a name)`;
    const label = `${what} ${name}: ${detail}${parts.platform ? `, on ${parts.platform}` : ""}`;
    set(parts.group, { "data-state": state, "aria-label": label });
    say(parts.tip, label);
    set(parts.sign, { d: SIGNS[state] });
    parts.share.classList.toggle("bkl-unknown", share === null);
    set(parts.share, { width: (parts.room * (share ?? 1)).toFixed(1) });
  }
}
