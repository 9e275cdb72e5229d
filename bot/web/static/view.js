// Draws entries of the talk. Text goes in as text, never as HTML.
const HAN = /[\u3400-\u9fff]/;

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text) {
    made.textContent = text;
    made.dir = "auto"; // Uyghur runs from the right, and turns nothing around it
    made.lang = HAN.test(text) ? "zh-Hans" : "en";
  }
  return made;
}

function button(className, label, act) {
  const made = element("button", className, label);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function moment(at) {
  const date = new Date(at);
  const made = element("time", "entry-time");
  made.dateTime = date.toISOString();
  const two = (number) => String(number).padStart(2, "0");
  const today = date.toDateString() === new Date().toDateString();
  const day = today ? "" : date.getMonth() + 1 + "/" + date.getDate() + " ";
  made.textContent = day + two(date.getHours()) + ":" + two(date.getMinutes());
  return made;
}

// The text below says the same, so that nobody has to see it.
function picture(entry, words) {
  const made = element("img", "entry-picture");
  made.alt = words.picture;
  made.width = 1080;
  made.height = 1440; // about: the place is kept until it is there
  made.addEventListener("load", () => (made.height = (1080 * made.naturalHeight) / made.naturalWidth));
  made.addEventListener("error", () => made.remove());
  made.src = entry.picture;
  return made;
}

function picker(words, sayPhoto) {
  const made = document.createDocumentFragment();
  const input = element("input", "unseen");
  input.type = "file";
  input.accept = "image/jpeg,image/png,image/webp";
  input.tabIndex = -1;
  input.setAttribute("aria-hidden", "true");
  input.addEventListener("change", () => input.files.length && sayPhoto(input.files[0]));
  made.append(button("choice", words.choose_photo, () => input.click()), input);
  return made;
}

function choices(entry, words, say, sayPhoto) {
  const group = element("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", words.choices);
  if (entry.photo) group.append(picker(words, sayPhoto));
  for (const choice of entry.buttons) {
    group.append(button("choice", choice.label, () => say(choice.command, choice.label)));
  }
  return group;
}

function trouble(entry, words, retry) {
  const made = element("div", "trouble");
  made.append(element("p", "trouble-text", entry.trouble || words.failed));
  if (entry.again !== false) made.append(button("choice", words.retry, () => retry(entry)));
  return made;
}

// What became of an entry: on its way, not delivered, or when it was said.
function tail(entry, words, retry) {
  const made = element("div", "tail");
  if (entry.state === "sending") {
    made.setAttribute("aria-hidden", "true");
    made.append(element("span", "waiting", words.sending));
  } else if (entry.state === "failed") {
    made.append(trouble(entry, words, retry));
  } else if (!entry.quiet) {
    made.append(moment(entry.at));
  }
  return made;
}

// entry: who ("me" or "bot"), id, text, picture, photo, shown, buttons, at, state ("sending", "failed"), trouble, again, quiet
export function draw(entry, words, say, retry, sayPhoto) {
  const mine = entry.who === "me";
  const made = element("div", "entry " + (mine ? "entry-mine" : "entry-bot") + (entry.quiet ? " entry-quiet" : ""));
  made.tabIndex = -1;
  if (!entry.quiet) {
    const bubble = element("div", "bubble");
    bubble.append(element("span", "unseen", mine ? words.you : words.name));
    if (entry.picture) bubble.append(picture(entry, words));
    bubble.append(element("p", "entry-text", entry.shown || entry.text));
    made.append(bubble);
  }
  made.append(tail(entry, words, retry));
  if (entry.buttons && entry.buttons.length) made.append(choices(entry, words, say, sayPhoto));
  return made;
}

// Only the tail changes: what was read aloud once is not read again.
export function settle(made, entry, words, retry) {
  const old = made.querySelector(".tail");
  if (old.contains(document.activeElement)) made.focus({ preventScroll: true });
  old.replaceWith(tail(entry, words, retry));
}

export function undoable(sentence, label, undo) {
  const made = document.createDocumentFragment();
  made.append(element("span", "", sentence), button("choice", label, undo));
  return made;
}
