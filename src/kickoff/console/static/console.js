// The live half of the console. The server renders every part; here it is put in its place, and the curves are drawn.

const night = document.getElementById("night");
const title = document.title;
const plots = new Map();
const HEIGHT_REM = 12;
const height = () => HEIGHT_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);

/** Put a part of the screen in its place, unless it stands there already. */
function place(id, html) {
  const part = document.getElementById(id);
  if (!part || part.innerHTML === html) return;
  // What a person has unfolded stays unfolded.
  const open = [...part.querySelectorAll("details[open][id]")].map((one) => one.id);
  part.innerHTML = html;
  for (const name of open) document.getElementById(name)?.setAttribute("open", "");
}

/** Listen to the server; it says what changed. The browser comes back by itself when the line breaks. */
function listen() {
  const events = new EventSource(night.dataset.live);
  events.addEventListener("parts", (event) => {
    for (const [id, html] of Object.entries(JSON.parse(event.data))) place(id, html);
    // Seen on the tab while another one is read.
    document.title = (document.querySelector(".pill.trouble") ? "⚠ " : "") + title;
  });
  events.addEventListener("point", (event) => addPoint(JSON.parse(event.data)));
  events.addEventListener("curves", () => draw());
  events.addEventListener("leave", () => location.assign("/sign-in"));
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
let series = { audience: [], streams: [], line: [], rate_per_s: [] };

/** What a plot shows: seconds of the clock, and two rows of numbers. */
function columns(first, second) {
  const length = Math.max(first.length, second.length);
  const starts = Number(night.dataset.starts);
  const row = (values) => Array.from({ length }, (_, second) => values[second] ?? null);
  return [Array.from({ length }, (_, second) => starts + second), row(first), row(second)];
}

/** A line at each instant of the match, with its name on the highest free row. */
function marks(plot) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour("--soft");
  ctx.font = `${Math.round(11 * devicePixelRatio)}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  const rowEnds = [];
  for (const [name, second] of JSON.parse(night.dataset.marks)) {
    const x = plot.valToPos(Number(night.dataset.starts) + second, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(name).width;
    let row = rowEnds.findIndex((end) => end < x);
    if (row < 0) row = rowEnds.length;
    rowEnds[row] = x + width + 8 * devicePixelRatio;
    ctx.fillText(name, x + 3 * devicePixelRatio, bbox.top + (row + 1) * 13 * devicePixelRatio);
  }
  ctx.restore();
}

const numbers = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
const spelled = (value) => (value === null ? "–" : numbers.format(value));

function options(uPlot, box, right) {
  const [first, second, time] = box.dataset.lines.split("|");
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--edge"), width: 1 }, ticks: { stroke: colour("--edge") } };
  const spelling = { values: (_, values) => values.map(spelled) };
  const thin = { value: (_, value) => spelled(value), width: 2, points: { show: false }, spanGaps: true };
  return {
    width: box.clientWidth,
    height: height(),
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), night.dataset.zone),
    cursor: { sync: { key: "night" } },
    scales: { y: { range: (_, low, high) => [0, Math.max(1, high) * 1.15] }, right: { range: (_, low, high) => [0, Math.max(1, high) * 1.15] } },
    series: [
      { label: time, value: "{HH}:{mm}:{ss}" },
      { ...thin, label: first, stroke: colour("--turf"), scale: "y" },
      { ...thin, label: second, stroke: colour("--you"), dash: [6, 4], scale: right ? "right" : "y" },
    ],
    axes: [
      { ...axis, space: 80, values: [[1, "{HH}:{mm}:{ss}", null, null, null, null, null, null, 1], [60, "{HH}:{mm}", null, null, null, null, null, null, 1]] },
      { ...axis, ...spelling, scale: "y", size: 56 },
      ...(right ? [{ ...axis, ...spelling, scale: "right", side: 1, size: 60, grid: { show: false } }] : []),
    ],
    hooks: { draw: [marks] },
  };
}

async function makePlot(id, right) {
  const box = document.getElementById(id);
  const { default: uPlot } = await import(night.dataset.uplot);
  const plot = new uPlot(options(uPlot, box, right), [[], [], []]);
  box.replaceChildren(plot.root);
  new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: height() })).observe(box);
  return plot;
}

function show() {
  fill(plots.get("plot-audience"), columns(series.audience, series.streams));
  fill(plots.get("plot-line"), columns(series.line, series.rate_per_s));
}

/** Below the curves stand the newest values, until somebody points at others. */
function fill(plot, data) {
  if (!plot) return;
  plot.setData(data);
  const newest = data.map((row) => row.findLastIndex((value) => value !== null));
  if (plot.cursor.idx == null) plot.setLegend({ idxs: newest });
}

/** Fetch all the seconds so far. Until there are two, the words above the plot stand alone. */
async function draw() {
  const answer = await fetch(night.dataset.curves);
  if (!answer.ok) return;
  series = await answer.json();
  await makePlots();
}

let making = null;
/** Make the plots as soon as there is something to draw; once. */
async function makePlots() {
  if (Math.max(series.line.length, series.audience.length) < 2) return;
  making ??= Promise.all([makePlot("plot-audience", false), makePlot("plot-line", true)]);
  const [audience, line] = await making;
  plots.set("plot-audience", audience);
  plots.set("plot-line", line);
  show();
}

/** One more second of the house. */
function addPoint([second, streams, line, rate]) {
  if (second < 0 || second > Number(night.dataset.end)) return;
  series.streams[second] = streams;
  series.line[second] = line;
  series.rate_per_s[second] = rate;
  if (plots.size) show();
  else makePlots();
}

/** Acts are sent without leaving the page; what came of it stands below the buttons. */
function operate(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    const said = form.closest(".acts").querySelector("[role=status]");
    said.textContent = "…";
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(body), headers: { accept: "application/json" } });
      said.textContent = (await answer.json()).said;
    } catch {
      said.textContent = form.dataset.lost;
    }
  });
}

/** Colours are read when a plot is made: make them anew when the theme changes. */
function followTheme() {
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => {
    for (const plot of plots.values()) plot.destroy();
    plots.clear();
    making = null;
    draw();
  });
}

document.querySelectorAll("form[data-act]").forEach(operate);
followTheme();
listen();
draw();
