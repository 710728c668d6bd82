// Keep this page and what it was made of on the device, so that it can be opened when no server answers.

export async function keepPage(script, scope) {
  if (!navigator.serviceWorker || !window.caches) return;
  try {
    await navigator.serviceWorker.register(script, { scope });
    const cache = await caches.open(`kickoff${script}`);
    const assets = performance.getEntriesByType("resource").map((one) => new URL(one.name));
    const own = assets.filter((url) => url.origin === location.origin && url.pathname.startsWith("/assets/"));
    await cache.addAll([...new Set([location.pathname, ...own.map((url) => url.pathname)])]);
  } catch {
    // Full storage, a private window: the page then lives as long as it is open.
  }
}
