// How long, in words? The same as kickoff/web/line.py; tests/web/line_cases.json is tried on both.

const MINUTES_MAX = 90; // from here on people think in hours
const LEAST_S = 10; // never "0" before it is true

export const ahead = (place, serving) => Math.max(0, place - serving - 1);

export const secondsLeft = (place, serving, perPlace) =>
  perPlace === null ? null : Math.max(0, place - serving) * perPlace;

const tens = (seconds) => Math.max(LEAST_S, Math.ceil(seconds / LEAST_S) * LEAST_S);
const divmod = (minutes) => [Math.floor(minutes / 60), minutes % 60];

// Two quantiles of the time left, rounded outwards so that the interval stays true: [key, blanks].
export function interval(lowS, highS) {
  if (highS < 60) return ["eta.seconds_under", { n: tens(highS) }];
  const low = Math.floor(lowS / 60);
  const high = Math.ceil(highS / 60);
  if (high > MINUTES_MAX) return hours(Math.floor(low / 10) * 10, Math.ceil(high / 10) * 10);
  if (high === 1) return ["eta.minute", {}];
  if (low === 0) return ["eta.minutes_under", { high }];
  if (low === high) return ["eta.minutes", { n: high }];
  return ["eta.minutes_between", { low, high }];
}

function hours(low, high) {
  if (low === 0) return ["eta.hours_under", { high: divmod(high) }];
  return ["eta.hours_between", { low: divmod(low), high: divmod(high) }];
}

// A time until something certain, such as the kick-off: [key, blanks].
export function span(seconds) {
  if (seconds < 60) return ["span.seconds_under", { n: tens(seconds) }];
  const minutes = Math.round(seconds / 60);
  if (minutes > MINUTES_MAX) {
    const [whole, rest] = divmod(minutes);
    return ["span.hours", { hours: whole, minutes: String(rest).padStart(2, "0") }];
  }
  return ["span.minutes", { n: minutes }];
}

// Where one stands in the line, from the ticket and the status object. Times are in seconds, `null` while nobody is called.
const WORD = 0xffffffff;

// The finaliser of MurmurHash3, as kickoff/waiting_room/draw.py has it.
function mixed(word) {
  let mixing = word ^ (word >>> 16);
  mixing = Math.imul(mixing, 0x85ebca6b);
  mixing ^= mixing >>> 13;
  mixing = Math.imul(mixing, 0xc2b2ae35);
  return (mixing ^ (mixing >>> 16)) & WORD;
}

// How many numbers up to this one nobody has.
const skipped = (number, gaps) => gaps.reduce((sum, [first, last]) => sum + Math.max(0, Math.min(last, number) - first + 1), 0);

// How many were drawn with a ticket's number; 0: it came later, or nobody was.
export function drawnWith(number, lane, draw = {}) {
  const [count, gaps] = [draw.counts?.[lane] ?? 0, draw.skips?.[lane] ?? []];
  const isNobodys = gaps.some(([first, last]) => first <= number && number <= last);
  return number && !isNobodys && number - skipped(number, gaps) <= count ? count : 0;
}

// Where a ticket's number stands: drawn for who came before the doors, itself for all later ones.
export function drawnPlace(number, lane, draw = {}) {
  const [count, keys, gaps] = [drawnWith(number, lane, draw), draw.keys?.[lane], draw.skips?.[lane] ?? []];
  if (!keys || !count) return number;
  const half = Math.max(1, Math.ceil((32 - Math.clz32(count - 1)) / 2));
  const mask = 2 ** half - 1;
  let value = number - skipped(number, gaps) - 1;
  do {
    let [left, right] = [value >>> half, value & mask];
    for (const key of keys) [left, right] = [right, left ^ (mixed(right ^ key) & mask)];
    value = ((left << half) | right) >>> 0;
  } while (value >= count);
  return gaps.reduce((place, [first, last]) => (first <= place ? place + last - first + 1 : place), value + 1);
}

// Seconds until so many places are called, by the curve's rows [places, low, mid, high]: linear between them, before the
// first and beyond the last in proportion. Null where there is no curve.
export function curveAt(ahead, curve) {
  if (!curve?.length) return null;
  let before = [0, 0, 0, 0];
  const at = (part, row) => {
    const [low, mid, high] = [1, 2, 3].map((column) => before[column] + part * (row[column] - before[column]));
    return { low, mid, high };
  };
  for (const row of curve) {
    if (ahead <= row[0]) return at((ahead - before[0]) / (row[0] - before[0]), row);
    before = row;
  }
  const [places, ...seconds] = before;
  const [low, mid, high] = seconds.map((each) => (each * ahead) / places);
  return { low, mid, high };
}

const missing = (skips, serving, place) =>
  skips.reduce((sum, [first, last]) => sum + Math.max(0, Math.min(last, place) - Math.max(first, serving + 1) + 1), 0);

export function standing(held, status) {
  const ticket = { ...held, place: held.number ? drawnPlace(held.number, held.lane, status.draw) : held.place };
  const lane = status.lanes[ticket.lane] ?? status.lanes.main ?? { serving: 0, rate_per_s: 0, eta: {} };
  // After a failover numbering leaves a gap: nobody has those numbers, so nobody waits behind them.
  const place = ticket.place - missing(lane.skips ?? [], lane.serving, ticket.place);
  const told = curveAt(Math.max(0, place - lane.serving), lane.eta.curve);
  const left = (quantile) => secondsLeft(place, lane.serving, lane.eta[quantile] ?? null);
  const times = told ?? { low: left("p10"), mid: left("p50"), high: left("p90") };
  return {
    place: ticket.place,
    // How many were drawn with it; 0: it came later, or nobody was.
    drawnOf: drawnWith(held.number, held.lane, status.draw),
    called: ticket.place <= lane.serving,
    ahead: ahead(place, lane.serving),
    perMinute: Math.round(lane.rate_per_s * 60),
    times: Object.values(times).includes(null) ? null : times,
  };
}
