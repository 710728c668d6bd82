// The page behind a television's code: while somebody types, their phone works for the television, where the network it
// is in sends too many strangers. Without a script the form is the same, and the door may say that it is busy.

import { solve } from "./proof.js";

const form = document.querySelector("form[data-proof]");

async function post(body) {
  const asked = { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(form.dataset.proof, asked);
  return answer.status === 200 || answer.status === 403 ? answer.json() : {};
}

// Asked for once a code; a price that has risen meanwhile is paid once more.
async function work(code) {
  let asked = await post({ user_code: code });
  for (let tries = 0; asked.challenge && tries < 2; tries += 1) {
    const proof = await solve(asked.challenge);
    if (!proof) return;
    asked = await post({ user_code: code, proof });
  }
}

// Nobody is kept from signing in by work that fails.
function begin() {
  const code = form.elements.code.value.trim();
  return code ? work(code).catch(() => {}) : Promise.resolve();
}

const PATIENCE_MS = 5_000;
let sent = false;
let code = form.elements.code.value;
let done = begin();
form.elements.code.addEventListener("change", () => {
  code = form.elements.code.value;
  done = begin();
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (sent) return;
  sent = true;
  if (form.elements.code.value !== code) done = begin();
  await Promise.race([done, new Promise((passed) => setTimeout(passed, PATIENCE_MS))]);
  form.submit();
});
addEventListener("pageshow", () => {
  sent = false;
});
