// Talks to the server. A failure is an answer too: { trouble, again }.
const PATIENCE = 20000; // milliseconds
const LATER = [408, 429]; // refused now, welcome again: too slow, too many

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function post(url, body) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      credentials: "same-origin",
      signal: patience.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}

export async function ask(url, text, id) {
  try {
    const response = await post(url, { text, id });
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
