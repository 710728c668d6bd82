// Work that shows that a place is a person's, asked of strangers from a network out of which too many come at once: an
// ALTCHA challenge (version 2), solved by the browser's own PBKDF2. Loaded only where it is asked for.

const AT_ONCE = 16;
const WORK_MS = 60_000; // whoever is slower waits in the slow lane

/**
 * @param {{parameters: Object, signature: string}} challenge As it stands in the door's answer.
 * @returns {Promise<string>} what is sent back as `proof`; empty where this device cannot find it
 */
export async function solve(challenge) {
  const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
  if (!globalThis.crypto?.subtle || challenge.parameters.algorithm !== "PBKDF2/SHA-256") return "";
  const began = performance.now();
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
  for (let first = 0; performance.now() - began < WORK_MS; first += AT_ONCE) {
    const counters = Array.from({ length: AT_ONCE }, (_, index) => first + index);
    const keys = await Promise.all(counters.map((counter) => derived(how, keyLength, bytes(nonce), counter)));
    const found = keys.findIndex((key) => key.startsWith(keyPrefix));
    if (found >= 0) return btoa(JSON.stringify({ challenge, solution: { counter: first + found, derivedKey: keys[found] } }));
  }
  return "";
}

async function derived(how, length, nonce, counter) {
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(how, key, length * 8);
  return Array.from(new Uint8Array(bits), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
