// The log of what is pointed at: a stage, a vertex, or the vertices that fetch a base image.

class Log {
  constructor(parent, view) {
    this.view = view;
    this.scrolledTo = null; // null: at the end, and stays there
    this.section = put(parent, "section", { class: "bkl-log", "aria-label": "Log" });
    this.head = put(this.section, "div", { class: "bkl-log-head" });
    this.text = put(this.section, "pre", { tabindex: 0, "aria-label": "Log of what is pointed at" });
    this.text.addEventListener("scroll", () => {
      const isAtEnd = this.text.scrollTop + this.text.clientHeight >= this.text.scrollHeight - 8;
      this.scrolledTo = isAtEnd ? null : this.text.scrollTop;
    });
  }

  draw(shown, isPinned) {
    const { state } = this.view.store;
    const stage = state.stages.find((one) => one.name === shown?.stage);
    const image = state.images.find((one) => one.id === shown?.image);
    const bars = state.bars.filter((bar) =>
      stage ? bar.stage === stage.name : image ? image.bars.includes(bar.id) : bar.id === shown?.bar);
    const subject = stage?.name ?? (image ? this.view.graph.nameOf(image.id) : (bars[0]?.name ?? ""));
    const one = stage ?? image ?? bars[0];
    const what = one?.word ?? one?.state ?? "";
    const hint = isPinned ? "pinned; Esc lets go" : "point at a box or a bar; Enter or a click pins it";
    say(this.head, subject ? `Log of ${subject} (${what}) · ${hint}` : `Log · ${hint}`);
    set(this.text, { "data-of": subject });
    const nothing = subject ? `Nothing was printed${state.over ? "" : " so far"}.` : "";
    this.write(this.lines(bars, Boolean(stage)).join("\n") || nothing);
    if (state.over) this.fit();
  }

  // A build that printed little leaves no empty field behind. As high as the longest log of a stage,
  // whichever is shown, so that nothing moves when another one is pointed at.
  fit() {
    const { stages, bars } = this.view.store.state;
    const columns = Math.floor(this.text.clientWidth / LOG_LETTER_PX) || Infinity;
    const rows = (line) => Math.max(1, Math.ceil(line.length / columns));
    const logs = stages.map(({ name }) => this.lines(bars.filter((bar) => bar.stage === name), true));
    const longest = Math.max(1, ...logs.map((lines) => lines.reduce((sum, line) => sum + rows(line), 0)));
    if (longest === this.fitted) return;
    this.fitted = longest;
    this.text.style.height = `min(9.5em, ${longest} * 1.4em)`;
  }

  lines(bars, isStage) {
    const { state, logs } = this.view.store;
    const lines = [];
    for (const bar of bars) {
      const log = logs.get(bar.id);
      if (!log) continue;
      if (lines.length) lines.push("");
      const platform = state.lanes[bar.lane].platform;
      if (isStage) lines.push(`— ${[platform, bar.name].filter(Boolean).join(" ")} —`);
      if (log.first) lines.push(`… ${log.first.toLocaleString("en")} lines before these are in the build's log file`);
      lines.push(...log.lines);
    }
    return lines;
  }

  write(text) {
    if (text === this.written) return;
    // Appended where it can be, so that a selection in the log lives on.
    if (this.written && text.startsWith(`${this.written}\n`)) this.text.append(text.slice(this.written.length));
    else this.text.textContent = text;
    this.written = text;
    this.scroll();
  }

  // To the end, unless the reader has gone back in it.
  scroll() {
    this.text.scrollTop = this.scrolledTo ?? this.text.scrollHeight;
  }
}
