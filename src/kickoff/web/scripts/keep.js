// Keep this page and what it is made of on the device, so that it can be opened when no server answers.

const TRIES = 3;
const AGAIN_MS = 4000;

// All of it is kept before the service worker is: who is answered by it once is answered in full. What the page is made of
// is read off the page, not off what was loaded by now: the browser may count a file that just came only a moment later.
// One file that does not come in the crowd of the first seconds is asked for again.
export async function keepPage(script, scope, words, tries = TRIES) {
  if (!navigator.serviceWorker || !window.caches) return;
  try {
    const cache = await caches.open(`kickoff${script}`);
    const named = [...document.querySelectorAll("link[href], script[src]")].map((one) => new URL(one.href || one.src));
    const own = named.filter((url) => url.origin === location.origin && url.pathname.startsWith("/assets/"));
    await cache.addAll([...new Set([location.pathname, words, ...own.map((url) => url.pathname)])]);
    await navigator.serviceWorker.register(script, { scope });
  } catch {
    // Full storage, a private window: the page then lives as long as it is open.
    if (tries > 1) setTimeout(() => keepPage(script, scope, words, tries - 1), AGAIN_MS);
  }
}
