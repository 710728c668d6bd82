// What is said, in one language: the files of kickoff/web/words, by the rules of kickoff/web/words.py.

export class Words {
  // zone: where the match is played; empty: where the person is.
  constructor(code, tree, zone) {
    this.code = code;
    this.tree = tree;
    this.clockFormat = new Intl.DateTimeFormat(code, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: known(zone) });
  }

  t(key, blanks = {}) {
    let found = key.split(".").reduce((tree, part) => tree?.[part], this.tree);
    if (typeof found === "object") found = this.tree.singular.includes(blanks.n) ? found.one : found.other;
    return found.replace(/\{(\w+)\}/g, (_, name) => this.written(blanks[name]));
  }

  // The text of a key if there is one, else of the other key.
  has(key) {
    return key.split(".").reduce((tree, part) => tree?.[part], this.tree) !== undefined;
  }

  written(value) {
    if (Array.isArray(value)) return this.t("eta.hours", { hours: value[0], minutes: String(value[1]).padStart(2, "0") });
    return typeof value === "number" ? String(value).replace(/\B(?=(\d{3})+$)/g, this.tree.thousands) : String(value);
  }

  // 20:52, where the match is played: as on the page without scripts, in notices and on television.
  clock(ms) {
    return this.clockFormat.format(ms);
  }
}

// The language to begin with: chosen before on this device, else wished for by the browser, else the first that there is.
export function firstLanguage(known, chosen, wished) {
  const bases = [chosen, ...wished].filter(Boolean).map((code) => code.toLowerCase().split("-")[0]);
  return bases.find((code) => known.includes(code)) ?? known[0];
}

// A zone that this browser knows; undefined: its own.
function known(zone) {
  try {
    return zone && new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

export async function loadWords(code, url, zone) {
  const answer = await fetch(url);
  return new Words(code, await answer.json(), zone);
}
