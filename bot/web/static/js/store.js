/* The conversation, kept in this browser and nowhere else. Where the browser keeps nothing, it lasts as long as the page. */
const KEY = "hipwise.conversation";
const VERSION = 1;

const name = () => {
  // randomUUID is there only over https and on this machine.
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
};

/** A conversation in which nothing was said yet. */
export const fresh = () => ({ version: VERSION, id: name(), entries: [], draft: "" });

/** The conversation that this browser has, or a fresh one. */
export const load = () => {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    if (kept?.version === VERSION && Array.isArray(kept.entries)) return kept;
  } catch { /* nothing that can be used */ }
  return fresh();
};

/** Keep the conversation as it is now. */
export const save = (conversation) => {
  try {
    localStorage.setItem(KEY, JSON.stringify(conversation));
  } catch { /* full, or switched off: the page works all the same */ }
};

/** Forget it. */
export const wipe = () => {
  try {
    localStorage.removeItem(KEY);
  } catch { /* nothing was kept */ }
};
