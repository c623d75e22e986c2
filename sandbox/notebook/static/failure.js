// Why the build failed, above its pictures: the headline, the marked lines, the message, the likely
// cause and the next step. All words are Python's (message.py).

class Failure {
  constructor(parent) {
    this.section = put(parent, "section", { class: "bkl-failure", "data-state": STATE.FAILED, "aria-label": "Why the build failed" });
    this.drawn = null;
  }

  draw(failure) {
    this.section.style.display = failure ? "" : "none";
    const key = JSON.stringify(failure);
    if (!failure || key === this.drawn) return;
    this.drawn = key;
    this.section.replaceChildren();
    const head = put(this.section, "div", { class: "bkl-failure-head" });
    const box = put(head, "svg:svg", { width: 12, height: 12, "aria-hidden": true });
    set(sign(put(box, "svg:g", { "data-state": STATE.FAILED }), 1, 1), { d: SIGNS[STATE.FAILED] });
    put(head, "strong", {}, failure.headline);
    if (failure.lines.length) this.drawLines(failure.lines);
    const facts = put(this.section, "dl");
    for (const [label, text] of failure.facts) {
      put(facts, "dt", {}, label);
      put(facts, "dd", {}, text);
    }
  }

  drawLines(lines) {
    const width = String(lines.at(-1).number).length;
    const code = put(this.section, "pre");
    for (const { number, text, marked } of lines) {
      const line = `${String(number).padStart(width)} | ${marked ? ">>>" : "   "} ${text}\n`;
      put(code, marked ? "strong" : "span", {}, line);
    }
  }
}
