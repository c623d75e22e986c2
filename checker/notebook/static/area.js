// The text of one file, in CodeMirror, with JupyterLab's colours.

const {
  Annotation, EditorState, EditorView, HighlightStyle, StreamLanguage, bracketMatching, defaultKeymap,
  dockerFile, drawSelection, highlightActiveLine, highlightActiveLineGutter, history, historyKeymap,
  indentUnit, indentWithTab, keymap, lineNumbers, search, searchKeymap, shell, syntaxHighlighting, tags,
} = codemirror;

const LOADED = Annotation.define(); // not typed by the learner
const LANGUAGES = [
  [/(^|\.)Dockerfile$|^Dockerfile/, dockerFile],
  [/\.(sh|cmd)$/, shell],
];
const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, class: "bkc-keyword" },
  { tag: [tags.string, tags.special(tags.string)], class: "bkc-string" },
  { tag: tags.comment, class: "bkc-comment" },
  { tag: [tags.variableName, tags.definition(tags.variableName)], class: "bkc-variable" },
  { tag: [tags.number, tags.atom, tags.bool], class: "bkc-number" },
]);

function highlight(name) {
  const [, mode] = LANGUAGES.find(([pattern]) => pattern.test(name)) ?? [];
  return mode ? [StreamLanguage.define(mode), syntaxHighlighting(COLOURS)] : [];
}

// An area for a file below `parent`; `typed` is called after each change by the learner.
// Tab indents; Escape leaves the editor, for those who move by Tab.
function makeArea(parent, { name, label, describedBy, readOnly, typed }) {
  const attributes = {
    "aria-label": label, autocapitalize: "off", autocomplete: "off", spellcheck: "false",
  };
  if (describedBy) attributes["aria-describedby"] = describedBy;
  if (readOnly) Object.assign(attributes, { "aria-readonly": "true", tabindex: "0" });
  const view = new EditorView({
    parent,
    extensions: [
      lineNumbers(), history(), drawSelection(), highlightActiveLine(), highlightActiveLineGutter(),
      bracketMatching(), search({ top: true }), EditorState.tabSize.of(4), indentUnit.of("    "),
      keymap.of([...searchKeymap, ...historyKeymap, ...defaultKeymap.filter(isFree), indentWithTab]),
      highlight(name), EditorState.readOnly.of(readOnly), EditorView.contentAttributes.of(attributes),
      EditorView.editable.of(!readOnly),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !update.transactions.some((one) => one.annotation(LOADED))) typed();
      }),
    ],
  });
  return {
    get value() {
      return view.state.doc.toString();
    },
    set value(text) {
      const changes = { from: 0, to: view.state.doc.length, insert: text };
      view.dispatch({ changes, annotations: LOADED.of(true) });
    },
    set busy(busy) {
      view.contentDOM.setAttribute("aria-busy", String(busy));
    },
    // The size is known only once it is in sight.
    measure: () => view.requestMeasure(),
    close: () => view.destroy(),
  };
}

// Ctrl+Enter checks, see editor.js.
function isFree(binding) {
  return binding.key !== "Mod-Enter";
}
