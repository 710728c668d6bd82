// The page as it was, when no server answers any more: it then says what was true last, and asks by itself.
// Only the page itself and its assets are kept; what the door says is never answered from here. The page keeps itself
// (`keep.js`), together with all that it is made of: alone, a newer one would ask for assets that nobody kept.

const KEPT = `kickoff${self.location.pathname}`; // the name holds this script's hash: a new one begins anew

self.addEventListener("install", (event) => {
  // Around this script altogether where the browser can: else the last word of a page that closes may die with the page.
  event.addRoutes?.({ condition: { urlPattern: { pathname: "/v1/*" } }, source: "network" });
  self.skipWaiting();
});
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith("/assets/")) event.respondWith(keptFirst(request));
  else if (request.mode === "navigate" && /^\/[a-z0-9-]+\/?$/.test(pathname)) event.respondWith(freshFirst(request));
});

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith("kickoff/") && name !== KEPT);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

// An asset's name holds its hash: what is kept is right.
async function keptFirst(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

async function freshFirst(request) {
  const kept = async () => (await caches.open(KEPT)).match(request, { ignoreSearch: true });
  try {
    const answer = await fetch(request);
    return answer.status < 500 ? answer : ((await kept()) ?? answer);
  } catch (lost) {
    const found = await kept();
    if (found) return found;
    throw lost;
  }
}
