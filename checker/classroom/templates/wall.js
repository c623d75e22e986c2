// Fetches the changing part again and again; the server says when nothing has changed.
const EVERY_MS = 2000;
const changing = document.getElementById("changing");
const ended = document.getElementById("ended");
let etag = "";

async function look() {
  try {
    const answer = await fetch("changing", { headers: { "If-None-Match": etag } });
    if (answer.status === 200) {
      const text = await answer.text();
      etag = answer.headers.get("ETag") ?? "";
      show(text);
    } else if (answer.status !== 304) {
      throw new Error(answer.statusText);
    }
    say("");
  } catch {
    say("The wall has ended, or cannot be reached. What you see may be old.");
  }
  setTimeout(look, EVERY_MS);
}

function show(text) {
  const [x, y, inner] = [scrollX, scrollY, changing.scrollLeft];
  changing.innerHTML = text;
  changing.scrollLeft = inner;
  scrollTo(x, y);
}

function say(text) {
  if (ended.textContent !== text) ended.textContent = text;
}

look();
