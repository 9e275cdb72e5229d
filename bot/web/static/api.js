// Talks to the server. A failure is an answer too: { trouble, again }.
const PATIENCE = 20000; // milliseconds
const PHOTO_PATIENCE = 90000;
const LATER = [408, 429]; // refused now, welcome again: too slow, too many

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function send(url, type, body, wait) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), wait);
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "Content-Type": type },
      body,
      credentials: "same-origin",
      signal: patience.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}

function post(url, body) {
  return send(url, "application/json", JSON.stringify(body), PATIENCE);
}

export function ask(url, text, id) {
  return said(() => post(url, { text, id }));
}

export function show(url, photo, id) {
  const address = url + (url.includes("?") ? "&" : "?") + "id=" + id;
  return said(() => send(address, photo.type, photo, PHOTO_PATIENCE));
}

async function said(sending) {
  try {
    const response = await sending();
    const said = await response.json();
    if (response.ok) return said;
    return { trouble: said.text || said.error, again: LATER.includes(response.status) || response.status >= 500 };
  } catch (error) {
    return { trouble: "", again: true }; // no network, no answer in time, or a proxy's page instead of ours
  }
}

export async function unread(url) {
  try {
    const response = await fetch(url, { credentials: "same-origin" });
    return response.ok ? (await response.json()).messages : [];
  } catch (error) {
    return []; // asked again in a minute
  }
}

export async function markSeen(url, ids) {
  try {
    await post(url, { seen: ids });
  } catch (error) {
    // they come again, and are known by their ids then
  }
}
