// The chat page: what a person does, and what becomes of it.
import { ask, markSeen, newId, show as showPhoto, unread } from "./api.js";
import { History } from "./history.js";
import { draw, settle, undoable } from "./view.js";

const INBOX_EVERY = 60000; // milliseconds
const FORGET = /^\/forget yes( #\w+)?$/;

const setup = JSON.parse(document.getElementById("setup").textContent);
const words = Object.assign({ name: setup.name }, setup.words);
const log = document.getElementById("log");
const notice = document.getElementById("notice");
const composer = document.getElementById("composer");
const question = document.getElementById("question");
const history = new History();
const drawn = new Map();
const photos = new Map(); // of entries on their way; a page that is loaded anew has them no more
let busy = false;

function show(entry) {
  const made = draw(entry, words, say, retry, sayPhoto);
  drawn.set(entry, made);
  log.append(made);
  return made;
}

function settled(entry) {
  const made = drawn.get(entry);
  if (made) settle(made, entry, words, retry);
}

function reveal(made) {
  const tall = made.offsetHeight > log.clientHeight;
  log.scrollTop = tall ? made.offsetTop - log.offsetTop : log.scrollHeight;
}

function setBusy(now) {
  busy = now;
  composer.setAttribute("aria-busy", String(now));
  log.classList.toggle("busy", now);
}

function add(entry) {
  history.add(entry);
  reveal(show(entry));
}

function hear(said) {
  if (!said.text) return;
  if (said.size) document.dispatchEvent(new CustomEvent("size", { detail: said.size }));
  const { text, picture, photo, buttons } = said;
  add({ who: "bot", id: newId(), text, picture, photo, buttons, at: Date.now() });
}

// What the service deleted does not stay on the device either.
function forget() {
  const focused = log.contains(document.activeElement);
  history.replace([]);
  redraw();
  notice.textContent = "";
  if (focused) log.focus({ preventScroll: true });
}

async function deliver(entry) {
  setBusy(true);
  const photo = photos.get(entry);
  const said = await (photo ? showPhoto(setup.photo, photo, entry.id) : ask(setup.chat, entry.text, entry.id));
  const failed = "trouble" in said;
  entry.state = failed ? "failed" : "sent";
  entry.trouble = failed ? said.trouble : "";
  entry.again = !failed || said.again;
  setBusy(false);
  settled(entry);
  history.save();
  if (!failed) photos.delete(entry);
  if (failed) return reveal(drawn.get(entry));
  if (FORGET.test(history.command(entry.text))) forget();
  hear(said);
}

function say(text, shown, quiet) {
  if (busy) return false;
  notice.textContent = "";
  const entry = { who: "me", id: newId(), text, shown, quiet, at: Date.now(), state: "sending" };
  add(entry);
  deliver(entry);
  return true;
}

function sayPhoto(photo) {
  if (busy) return;
  notice.textContent = "";
  const entry = { who: "me", id: newId(), text: words.photo, at: Date.now(), state: "sending", once: true };
  photos.set(entry, photo);
  add(entry);
  deliver(entry);
}

// Sends the same id again, so that nothing counts twice.
function retry(entry) {
  if (busy) return;
  entry.state = "sending";
  settled(entry);
  deliver(entry);
}

function start() {
  say(setup.start, "", true);
}

async function collect() {
  if (document.hidden) return;
  const letters = await unread(setup.inbox);
  for (const letter of letters) {
    const id = letter.at + "/" + letter.id;
    if (!history.has(id)) {
      add({ who: "bot", id, text: letter.text, buttons: letter.buttons, at: Date.parse(letter.at) });
    }
  }
  if (letters.length) markSeen(setup.inbox, letters.map((letter) => letter.id));
}

function redraw() {
  drawn.clear();
  log.textContent = "";
  history.entries.forEach(show);
  log.scrollTop = log.scrollHeight;
}

function clear() {
  if (busy) return;
  const before = history.replace([]);
  redraw();
  start();
  const undo = () => {
    history.replace(before);
    redraw();
    notice.textContent = "";
    question.focus();
  };
  notice.textContent = "";
  notice.append(undoable(words.cleared, words.undo, undo));
}

function fit() {
  question.style.height = "auto";
  if (question.value) question.style.height = question.scrollHeight + "px";
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = question.value.trim();
  if (text && say(text)) {
    question.value = "";
    fit();
  }
});
question.addEventListener("keydown", (event) => {
  // 229 is what older browsers report while an input method composes a character.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  document.getElementById("send").click();
});
question.addEventListener("input", fit);
document.getElementById("clear").addEventListener("click", clear);
window.addEventListener("focus", collect);
document.addEventListener("visibilitychange", collect);
setInterval(collect, INBOX_EVERY);

redraw();
// The inbox is asked first: it is where a new browser gets its cookie.
collect().then(() => {
  if (!history.entries.length) start();
});
