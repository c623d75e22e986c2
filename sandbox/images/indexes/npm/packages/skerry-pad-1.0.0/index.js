export function left(text, width) {
  return String(text).padEnd(width).slice(0, width);
}

export function right(text, width) {
  return String(text).padStart(width).slice(-width);
}
