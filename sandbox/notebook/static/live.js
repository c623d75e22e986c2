// The live view of a build. Python sends states and layout (message.py, plan.py), this draws
// them: a Store holds the messages of one build, a View is one place where it is shown.

class View {
  constructor(store) {
    this.store = store;
    this.pointed = null; // { stage }, { bar } or { image }; null: follow what is at work
    this.isPinned = false;
    this.saidAt = 0;
    this.uid = `bkl${Math.random().toString(36).slice(2)}`;
    this.root = document.createElement("div");
    // Nothing on the page may take what stands between two $ for a formula.
    this.root.className = "bkl mathjax_ignore tex2jax_ignore";
    store.views.add(this);
    this.putDefinitions();
    const head = put(this.root, "div", { class: "bkl-head" });
    this.title = put(head, "code", { class: "bkl-title" });
    this.progress = put(head, "span", { class: "bkl-progress" });
    this.failure = new Failure(this.root);
    const pictures = put(this.root, "div", { class: "bkl-pictures" });
    this.graph = new Graph(pictures, this);
    this.timeline = new Timeline(pictures, this);
    this.legend = put(this.root, "ul", { class: "bkl-legend", "aria-label": "Legend" });
    this.log = new Log(this.root, this);
    this.notes = put(this.root, "div", { class: "bkl-notes" });
    this.voice = put(this.root, "div", { class: "bkl-voice", role: "status", "aria-live": "polite" });
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.pin(null);
      // A notebook takes Enter and the arrows for itself.
      if (["Enter", " ", "Escape"].includes(event.key) || event.key.startsWith("Arrow")) event.stopPropagation();
    });
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(pictures);
    this.graph.drawPlan();
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
    this.timeline.draw();
    this.graph.tick();
  }

  draw() {
    const { state, plan } = this.store;
    if (!state) return;
    if (state.over) clearInterval(this.timer);
    set(this.root, { "data-phase": state.phase });
    this.drawHead();
    this.failure.draw(state.failure);
    this.graph.draw();
    this.timeline.draw();
    this.drawLegend();
    this.timeline.svg.style.display = this.isEarly ? "none" : "";
    this.log.section.style.display = state.failure && !this.store.logs.size ? "none" : "";
    this.drawLog();
    say(this.notes, [plan.note, ...state.notes].filter(Boolean).join("\n"));
    if (state.over || performance.now() - this.saidAt > SAY_MS) {
      say(this.voice, state.say);
      this.saidAt = performance.now();
    }
  }

  // A build that failed before anything but its set-up began: what would be empty is left out.
  get isEarly() {
    const { failure, has_begun } = this.store.state;
    return Boolean(failure) && !has_begun;
  }

  drawHead() {
    const { state, title, now } = this.store;
    say(this.title, title);
    const took = `${state.head} ${state.over ? seconds(now) : clock(now)} · ${state.done} of ${state.total} vertices`;
    say(this.progress, state.failure && !state.total ? state.phase : took);
  }

  drawLog() {
    if (!this.store.state) return;
    const { shown } = this;
    this.graph.mark(shown, this.isPinned);
    this.timeline.mark(shown, this.isPinned);
    this.log.draw(shown, this.isPinned);
  }

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
    const failed = stages.find((stage) => stage.state === STATE.FAILED);
    const last = stages.find((stage) => stage.name === this.followed && stage.state === STATE.RUNNING);
    const stage = failed ?? last ?? stages.find((one) => one.state === STATE.RUNNING);
    this.followed = stage?.name ?? this.followed;
    return this.followed ? { stage: this.followed } : null;
  }

  drawLegend() {
    const { state, plan } = this.store;
    const bars = this.isEarly ? [] : state.bars;
    const present = new Set([...state.stages, ...state.images, ...bars].map((one) => one.state));
    const rare = [STATE.CANCELLED, STATE.IDLE];
    const states = Object.keys(SIGNS).filter((name) => present.has(name) || (!state.over && !rare.includes(name)));
    const kinds = Object.keys(ARROWS).filter((kind) => plan.arrows?.some((arrow) => arrow.kind === kind));
    const isCritical = bars.some((bar) => bar.critical);
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

// At the end the kernel puts a static picture in the place of the widget, for the saved
// notebook. As long as this page is open, the view itself goes on in front of that picture.
function stayOn(view, area, index) {
  const adopt = () => {
    const picture = area.children[index]?.querySelector(".jp-RenderedSVG");
    // The picture of this very build, not of the next one that the same cell runs.
    if (!picture?.querySelector("img")?.src.includes(view.store.key)) return false;
    picture.classList.add("bkl-behind");
    picture.prepend(view.root);
    view.log.scroll();
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
