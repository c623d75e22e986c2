// The editor of an exercise. Each press of a button carries the texts as they are at that moment.

const PATIENCE_MS = 10_000;
const SECOND_CLICK_MS = 600; // of a double click on Check: it is not meant to cancel
const OF_CHECK = /^( {9}|passed |FAILED |skipped |ERROR )/; // goes on below its own words
const STATUS = /^(passed|FAILED|skipped|ERROR)(?= )/;
const ADVICE = /^ *Look here: (?:[^`]*`[^`]*`)+[^`]*$/; // pairs of backticks
const MARKED = /^ *\d+ \| >>> /; // by BuildKit, in the file that failed
const LINK = /(https:\/\/[^\s)]+)/;
const CHECKS = "Save, build and grade it (Ctrl+Enter)";
const CANCELS = "End the builds that are under way";
const OLD = "This is the verdict on the files before your last change. next: Check";
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

// An area for each file, with tabs that lead to them where there are several. The files that are
// not the learner's to change come last.
function makeAreas(model, id, box, typed) {
  const own = model.get("names");
  const others = model.get("others");
  const names = [...own, ...Object.keys(others)];
  const title = model.get("title");
  const only = names.length === 1;
  make("div", { class: "bkc-title", text: only ? `${title} · ${names[0]}` : title }, box);
  const list = make("div", { class: "bkc-tabs", role: "tablist", "aria-label": "Files" }, box);
  list.hidden = only;
  const tabs = [];
  const panels = [];
  const areas = {};
  const closing = [];
  for (const [number, name] of names.entries()) {
    const readOnly = number >= own.length;
    const tab = make(
      "button",
      { type: "button", role: "tab", id: `${id}-tab-${number}`, "aria-controls": `${id}-${number}`, text: name },
      list,
    );
    if (readOnly) {
      tab.className = "bkc-other";
      tab.title = "Read only: the exercise brings this file";
    }
    tabs.push(tab);
    const panel = make("div", { id: `${id}-${number}`, class: "bkc-text" }, box);
    panels.push(panel);
    if (!only) {
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
    }
    const label = `${title} · ${name}${readOnly ? " (read only)" : ""}`;
    const area = makeArea(panel, { name, label, describedBy: readOnly ? "" : `${id}-path`, readOnly, typed });
    closing.push(area);
    if (readOnly) area.value = others[name];
    else areas[name] = area;
    tab.addEventListener("click", () => open(number));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (number + step + names.length) % names.length;
      open(next);
      tabs[next].focus();
    });
  }
  function open(chosen) {
    for (const [number, tab] of tabs.entries()) {
      tab.setAttribute("aria-selected", String(number === chosen));
      tab.tabIndex = number === chosen ? 0 : -1;
      panels[number].hidden = number !== chosen;
    }
    closing[chosen].measure();
  }
  open(0);
  return { areas, close: () => closing.forEach((area) => area.close()) };
}

const written = new WeakMap();

// Text whose addresses can be followed; nothing else of it is taken for more than text.
function write(node, text) {
  if (written.get(node) === text) return; // else a screen reader would read it out again
  written.set(node, text);
  node.replaceChildren();
  let of = "";
  for (const line of text.split(/(?<=\n)/)) {
    const isCheck = OF_CHECK.test(line);
    const [status] = line.match(STATUS) ?? [""];
    of = isCheck ? status.toLowerCase() || of : "";
    const isMarked = of === "failed" && MARKED.test(line);
    const classes = `bkc-check bkc-of-${of}${isMarked ? " bkc-marked" : ""}`;
    const row = make("span", isCheck ? { class: classes } : {}, node);
    if (status) make("span", { class: `bkc-status bkc-${status.toLowerCase()}`, text: status }, row);
    for (const part of line.slice(status.length).split(LINK)) {
      if (LINK.test(part)) {
        make("a", { href: part, target: "_blank", rel: "noopener noreferrer", text: part }, row);
      } else if (ADVICE.test(line)) {
        // Only what the course says has its code in backticks; output is shown as it is.
        for (const [number, words] of part.split("`").entries()) {
          if (number % 2) make("code", { text: words }, row);
          else row.append(words);
        }
      } else row.append(part);
    }
  }
}

// One exercise; the next one takes its place.
function draw({ model, el }) {
  const id = `bkc-${++count}`;
  const box = make("div", { class: "bkc mathjax_ignore tex2jax_ignore" }, el);
  const desk = make("div", { class: "bkc-desk" }, box);
  if (model.get("task")) {
    const task = make("section", { class: "bkc-task", "aria-label": "The task", tabindex: "0" }, desk);
    task.innerHTML = model.get("task"); // made by Python, which takes HTML in a task for text
    for (const link of task.querySelectorAll("a")) {
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    }
  }
  const work = make("div", { class: "bkc-work" }, desk);
  const { areas, close } = makeAreas(model, id, work, typed);
  const names = Object.keys(areas);
  make("div", { id: `${id}-path`, class: "bkc-path", text: `Saved on Check to ${model.get("path")}` }, work);
  const bar = make("div", { class: "bkc-bar", role: "group", "aria-label": "What to do" }, work);
  const button = (action, text, title) =>
    make("button", { type: "button", "data-action": action, text, title }, bar);
  const check = button("check", "Check", CHECKS);
  const buttons = [
    check,
    button("hint", "Hint", "The hints so far and one more"),
    button("reset", "Reset to starter", "Begin again; your work goes to a backup"),
  ];
  const [, hint, reset] = buttons;
  const ways = [
    button("solution", "Solution", "One possible solution, to compare with yours"),
    button("next", "Next", "Open the next exercise here"),
  ];
  buttons.push(...ways);
  const choices = [
    button("keep-mine", "Keep the editor's version", "What is saved goes to a backup"),
    button("take-file", "Take the file's version", "The editor's goes to a backup"),
  ];
  const clock = make("span", { class: "bkc-clock", "aria-hidden": "true" }, bar);
  const aside = make("div", { class: "bkc-aside", role: "status", "aria-live": "polite", hidden: "" }, work);
  const fold = make("details", { open: "" }, aside);
  const asideTitle = make("summary", { class: "bkc-headline" }, fold);
  const asideText = make("div", { class: "bkc-markdown" }, fold);
  const result = make("div", { class: "bkc-result" }, work);
  // There from the beginning: what is put into it later is read out.
  const voice = make("div", { class: "bkc-said", role: "status", "aria-live": "polite" }, result);
  const headline = make("div", { class: "bkc-headline" }, voice);
  const old = make("div", { class: "bkc-old", hidden: "", text: OLD }, voice);
  const report = make("pre", { class: "bkc-report" }, voice);
  const picture = make("img", { class: "bkc-graph", hidden: "", alt: "" }, result);

  let waiting = 0;
  let since = 0;
  let unlocking = 0;
  const ticking = setInterval(() => {
    clock.textContent = since ? `${Math.round((Date.now() - since) / 1000)} s` : "";
  }, 500);

  function texts() {
    return Object.fromEntries(names.map((name) => [name, areas[name].value]));
  }

  function lock(locked) {
    for (const one of [...buttons, ...choices]) one.disabled = locked;
  }

  function show() {
    clearTimeout(waiting);
    const shown = model.get("shown");
    const wasBusy = since > 0;
    const phase = shown.phase ?? "idle";
    const busy = phase === "busy";
    since = busy ? since || Date.now() : 0;
    if (!busy) clock.textContent = "";
    box.dataset.phase = phase;
    for (const area of Object.values(areas)) area.busy = busy;
    const held = bar.contains(document.activeElement) || document.activeElement === document.body;
    if (busy && !wasBusy) {
      cancelling = false;
      unlocking = setTimeout(() => {
        check.disabled = cancelling;
        if (pressed === check && held) check.focus();
      }, SECOND_CLICK_MS);
    }
    for (const one of [...buttons, ...choices]) one.disabled = busy;
    check.disabled = busy && (cancelling || Date.now() - since < SECOND_CLICK_MS);
    check.dataset.action = busy ? "cancel" : "check";
    check.textContent = busy ? "Cancel" : "Check";
    check.title = busy ? CANCELS : CHECKS;
    if (!busy) clearTimeout(unlocking);
    if (!busy && pressed && held) pressed.focus();
    if (!busy) pressed = null;
    reset.textContent = phase === "armed" ? "Reset: press again" : "Reset to starter";
    for (const one of choices) one.hidden = phase !== "conflict";
    for (const one of ways) one.hidden = phase !== "passed";
    if (hintsAreOver) ways[0].hidden = false;
    hint.disabled = busy || hintsAreOver;
    age();
    if (headline.textContent !== (shown.headline ?? "")) headline.textContent = shown.headline ?? "";
    write(report, shown.report ?? "");
    report.hidden = !shown.report;
    picture.hidden = !shown.svg;
    if (shown.svg) {
      // Behind an image, nothing that a stage is called can act on the page.
      picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(shown.svg)}`;
      picture.alt = shown.told;
    }
  }

  // Beside the verdict, which stays.
  function tell() {
    const { title = "", html = "", is_last: isLast = false } = model.get("aside");
    asideTitle.textContent = title;
    asideText.innerHTML = html; // made by Python, as the task is
    aside.hidden = !title;
    fold.open = true;
    hintsAreOver ||= isLast;
    if (title) show();
  }

  // A verdict stays while the learner goes on writing, so it says of what it is.
  function age() {
    const judged = ["passed", "failed", "error"].includes(model.get("shown").phase);
    old.hidden = !judged || graded === null || graded === JSON.stringify(texts());
  }
  function showNew() {
    if (model.get("shown").phase === "passed") fold.open = false;
    show();
  }

  let graded = null; // the texts at the last Check
  let hintsAreOver = false;
  let cancelling = false;
  let pressed = null; // the button that had the focus: a disabled one loses it
  function press(node) {
    if (node.disabled) return;
    const action = node.dataset.action;
    if (action === "cancel") {
      cancelling = true;
      node.disabled = true;
      model.send({ action, texts: texts() });
      return;
    }
    pressed = node;
    if (action === "check") graded = JSON.stringify(texts());
    lock(true);
    headline.textContent = "Sent to the kernel …";
    waiting = setTimeout(() => {
      lock(false);
      headline.textContent =
        "The kernel has not answered yet. next: wait until the running cell is done, " +
        "or restart the kernel and run this cell again";
    }, PATIENCE_MS);
    model.send({ action, texts: texts() });
  }

  function typed() {
    age();
    model.set("texts", texts());
    model.save_changes();
  }
  function put(found) {
    for (const name of names) {
      if (found[name] === undefined) return; // another exercise is about to be opened
      if (areas[name].value !== found[name]) areas[name].value = found[name];
    }
  }
  function retyped() {
    put(model.get("texts"));
  }
  function loaded() {
    if (!model.get("loaded").texts) return;
    put(model.get("loaded").texts);
    typed();
  }

  for (const one of [...buttons, ...choices]) one.addEventListener("click", () => press(one));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (check.dataset.action === "check") press(check);
    }
    if (event.key === "Escape" && !event.defaultPrevented) { // it has not closed the search
      el.closest(".jp-Cell")?.focus(); // and out: the notebook's keys are the notebook's again
      return;
    }
    // The notebook has commands on single letters.
    event.stopPropagation();
  });
  model.on("change:shown", showNew);
  model.on("change:texts", retyped);
  model.on("change:loaded", loaded);
  model.on("change:aside", tell);
  retyped();
  show();
  tell();
  return () => {
    close();
    clearTimeout(waiting);
    clearTimeout(unlocking);
    clearInterval(ticking);
    model.off("change:shown", showNew);
    model.off("change:texts", retyped);
    model.off("change:loaded", loaded);
    model.off("change:aside", tell);
  };
}

function render({ model, el }) {
  let leave = draw({ model, el });
  const open = () => {
    leave();
    el.replaceChildren();
    leave = draw({ model, el });
    el.scrollIntoView({ block: "nearest" });
  };
  model.on("change:opened", open);
  return () => {
    model.off("change:opened", open);
    leave();
  };
}

export default { render };
