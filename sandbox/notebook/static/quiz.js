// The options of a question: native boxes, which the keyboard reaches as on any page.

let count = 0;

function render({ model, el }) {
  const isMany = model.get("several");
  const name = `bkq-${++count}`;
  const box = document.createElement("div");
  // Nothing on the page may take what stands between two $ for a formula.
  box.className = "bkq mathjax_ignore tex2jax_ignore";
  box.setAttribute("role", isMany ? "group" : "radiogroup");
  box.setAttribute("aria-label", model.get("question"));
  const inputs = model.get("options").map((option) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = isMany ? "checkbox" : "radio";
    input.name = name;
    input.addEventListener("change", () => {
      model.set("chosen", inputs.flatMap((one, number) => (one.checked ? [number] : [])));
      model.save_changes();
    });
    label.append(input, option);
    box.append(label);
    return input;
  });
  // The notebook has commands on arrows and letters. Enter with a key held runs a cell, as everywhere.
  box.addEventListener("keydown", (event) => {
    const isHeld = event.shiftKey || event.ctrlKey || event.metaKey || event.altKey;
    if (event.key !== "Escape" && !isHeld) event.stopPropagation();
  });
  const show = () => {
    const chosen = model.get("chosen");
    for (const [number, input] of inputs.entries()) {
      input.checked = chosen.includes(number);
      input.disabled = model.get("judged");
    }
  };
  model.on("change:chosen", show);
  model.on("change:judged", show);
  show();
  el.append(box);
  return () => {
    model.off("change:chosen", show);
    model.off("change:judged", show);
  };
}

export default { render };
