// The slider of a past night: what stands below it is what was known at that second.

const form = document.getElementById("replay");
const slider = document.getElementById("at");
const WAIT_MS = 200;
let waiting = 0;
let asked = 0;

/** Fetch the page of that second and put its middle in its place; of two answers the later question's stands. */
async function show() {
  const number = (asked += 1);
  const address = `/replay?at=${slider.value}`;
  const then = document.getElementById("then");
  then.setAttribute("aria-busy", "true");
  const answer = await fetch(address).catch(() => null);
  if (number !== asked) return;
  then.removeAttribute("aria-busy");
  if (!answer) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("then");
  if (!fresh) return location.assign(address);
  then.replaceChildren(...fresh.childNodes);
  history.replaceState(null, "", address);
}

slider.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, WAIT_MS);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
