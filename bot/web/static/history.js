// The last messages of this browser, kept in localStorage where the browser allows it.
const KEY = "haowangmin.history";
const LIMIT = 100;

function read() {
  try {
    const entries = JSON.parse(localStorage.getItem(KEY) || "[]");
    return Array.isArray(entries) ? entries.filter((entry) => entry && typeof entry.text === "string") : [];
  } catch (error) {
    return [];
  }
}

export class History {
  constructor() {
    this.entries = read();
    // What was on its way when the page was closed may or may not have arrived: sending it again is harmless.
    for (const entry of this.entries) {
      if (entry.state === "sending") entry.state = "failed";
      if (entry.once) entry.again = false; // a photo is not kept here
    }
  }

  add(entry) {
    this.entries = this.entries.concat([entry]).slice(-LIMIT);
    this.save();
  }

  has(id) {
    return this.entries.some((entry) => entry.id === id);
  }

  // What a text stands for: the label of a choice that was offered last, typed by hand, is that choice.
  command(text) {
    const offered = this.entries.filter((entry) => entry.buttons && entry.buttons.length).slice(-1);
    const choice = offered.flatMap((entry) => entry.buttons).find((button) => button.label === text);
    return choice ? choice.command : text;
  }

  replace(entries) {
    const before = this.entries;
    this.entries = entries;
    this.save();
    return before;
  }

  save() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.entries));
    } catch (error) {
      // full or forbidden: the talk goes on, it is only not kept
    }
  }
}
