// What kind of device is this? For the words about screens, the letters' size, and the dimensions of the audience.

export function deviceKind(agent, touches) {
  if (/\b(SmartTV|SMART-TV|Tizen|Web0S|WebOS|NetCast|HbbTV|VIDAA|BRAVIA|AppleTV|CrKey|Roku|GoogleTV|AFT[A-Z])/i.test(agent)) return "tv";
  if (/iPad|Tablet|Android(?!.*Mobile)/i.test(agent)) return "tablet";
  if (/Mobi|iPhone|Android/i.test(agent)) return "phone";
  // An iPad that calls itself a Macintosh gives itself away by its fingers.
  return /Macintosh/.test(agent) && touches > 1 ? "tablet" : "web";
}

// A television's remote control has four arrows and one button: the arrows go from one thing to the next.
export function arrowsMoveFocus(root) {
  root.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step || event.defaultPrevented || event.target.closest("input, select, textarea, video")) return;
    const all = [...root.querySelectorAll("a[href], button:not([disabled]), input, select, video")].filter((one) => one.offsetParent);
    const next = all[all.indexOf(document.activeElement) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
}
