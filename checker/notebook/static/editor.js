// The editor of an exercise. Each press of a button carries the text as it is at that moment.

const PATIENCE_MS = 10_000;
let count = 0;

function make(tag, attributes, parent) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else node.setAttribute(name, value);
  }
  parent.append(node);
  return node;
}

function render({ model, el }) {
  const id = `bkc-${++count}`;
  const box = make("div", { class: "bkc" }, el);
  make("label", { class: "bkc-title", for: id, text: model.get("title") }, box);
  const area = make(
    "textarea",
    {
      id, class: "bkc-text", wrap: "off", spellcheck: "false", autocapitalize: "off",
      autocomplete: "off", "aria-describedby": `${id}-path`,
    },
    box,
  );
  make("div", { id: `${id}-path`, class: "bkc-path", text: `Saved on Check to ${model.get("path")}` }, box);
  const bar = make("div", { class: "bkc-bar", role: "group", "aria-label": "What to do" }, box);
  const button = (action, text, title) =>
    make("button", { type: "button", "data-action": action, text, title }, bar);
  const check = button("check", "Check", "Save, build and grade it (Ctrl+Enter)");
  const buttons = [
    check,
    button("hint", "Hint", "The hints so far and one more"),
    button("reset", "Reset to starter", "Begin again; your work goes to a backup"),
  ];
  const [, , reset] = buttons;
  const choices = [
    button("keep-mine", "Keep the editor's version", "The file's goes to a backup"),
    button("take-file", "Take the file's version", "The editor's goes to a backup"),
  ];
  const clock = make("span", { class: "bkc-clock", "aria-hidden": "true" }, bar);
  // There from the beginning: what is put into it later is read out.
  const voice = make("div", { class: "bkc-said", role: "status", "aria-live": "polite" }, box);
  const headline = make("div", { class: "bkc-headline" }, voice);
  const report = make("pre", { class: "bkc-report" }, voice);
  const picture = make("img", { class: "bkc-graph", hidden: "", alt: "" }, box);

  let waiting = 0;
  let since = 0;
  const ticking = setInterval(() => {
    clock.textContent = since ? `${Math.round((Date.now() - since) / 1000)} s` : "";
  }, 500);

  function fit() {
    area.rows = Math.min(30, Math.max(10, area.value.split("\n").length + 1));
  }

  function lock(locked) {
    for (const one of [...buttons, ...choices]) one.disabled = locked;
  }

  function show() {
    clearTimeout(waiting);
    const shown = model.get("shown");
    const phase = shown.phase ?? "idle";
    const busy = phase === "busy";
    since = busy ? since || Date.now() : 0;
    if (!busy) clock.textContent = "";
    box.dataset.phase = phase;
    area.setAttribute("aria-busy", String(busy));
    const held = bar.contains(document.activeElement) || document.activeElement === document.body;
    lock(busy);
    if (!busy && pressed && held) pressed.focus();
    if (!busy) pressed = null;
    reset.textContent = phase === "armed" ? "Reset: press again" : "Reset to starter";
    for (const one of choices) one.hidden = phase !== "conflict";
    if (headline.textContent !== (shown.headline ?? "")) headline.textContent = shown.headline ?? "";
    if (report.textContent !== (shown.report ?? "")) report.textContent = shown.report ?? "";
    report.hidden = !shown.report;
    picture.hidden = !shown.svg;
    if (shown.svg) {
      // Behind an image, nothing that a stage is called can act on the page.
      picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(shown.svg)}`;
      picture.alt = shown.told;
    }
  }

  let pressed = null; // the button that had the focus: a disabled one loses it
  function press(node) {
    if (node.disabled) return;
    pressed = node;
    lock(true);
    headline.textContent = "Sent to the kernel …";
    waiting = setTimeout(() => {
      lock(false);
      headline.textContent =
        "The kernel has not answered yet. next: wait until the running cell is done, " +
        "or restart the kernel and run this cell again";
    }, PATIENCE_MS);
    model.send({ action: node.dataset.action, text: area.value });
  }

  function typed() {
    model.set("text", area.value);
    model.save_changes();
    fit();
  }
  function retyped() {
    if (area.value !== model.get("text")) area.value = model.get("text");
    fit();
  }
  function loaded() {
    area.value = model.get("loaded").text;
    typed();
  }

  area.addEventListener("input", typed);
  for (const one of [...buttons, ...choices]) one.addEventListener("click", () => press(one));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      press(check);
    }
    // The notebook has commands on single letters.
    event.stopPropagation();
  });
  model.on("change:shown", show);
  model.on("change:text", retyped);
  model.on("change:loaded", loaded);
  area.value = model.get("text");
  fit();
  show();
  return () => {
    clearTimeout(waiting);
    clearInterval(ticking);
    model.off("change:shown", show);
    model.off("change:text", retyped);
    model.off("change:loaded", loaded);
  };
}

export default { render };
