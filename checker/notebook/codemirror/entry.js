// What the editor of an exercise uses of CodeMirror. `make codemirror` bundles it, with the versions
// of package-lock.json, into static/codemirror.js: a widget is one file, and a lesson needs no network.
export { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
export {
  HighlightStyle, StreamLanguage, bracketMatching, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
export { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
export { shell } from "@codemirror/legacy-modes/mode/shell";
export { search, searchKeymap } from "@codemirror/search";
export { Annotation, EditorState } from "@codemirror/state";
export {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers,
} from "@codemirror/view";
export { tags } from "@lezer/highlight";
