// The waiting room: a place, a time, how the line moves, and why.

import { h, say } from "./dom.js";
import { DrawView } from "./draw_view.js";
import { interval } from "./line.js";

const REASONS = ["filling", "braking", "paused", "capped", "full", "no_health", "everyone"];

export class WaitView {
  name = "wait";

  constructor(config) {
    this.config = config;
    this.state = { phase: "joining" };
    this.draw = new DrawView(config.night);
  }

  render(words) {
    const parts = (this.parts = {
      title: h("h2", { id: "view-title", tabindex: "-1" }),
      eta: h("p", { class: "eta" }),
      clock: h("p", { class: "clock" }),
      gone: h("span", { class: "gone" }),
      crowd: h("span", { class: "crowd" }),
      queue: null,
      ahead: h("li", { class: "ahead" }),
      pace: h("li"),
      place: h("li"),
      longer: h("p", { class: "longer" }),
      reason: h("p", { class: "reason" }),
      away: h("div", { class: "note warn" }),
      lacks: h("div", { class: "note" }),
      notice: h("section", { class: "note word" }),
      kept: h("section", { class: "plain" }),
      ways: h("section", { class: "plain" }),
      check: this.draw.render(),
    });
    parts.queue = h(
      "div",
      { class: "queue", "aria-hidden": "true" },
      parts.gone,
      h("span", { class: "you" }),
      parts.crowd,
      h("span", { class: "gate" }),
    );
    this.relabel(words);
    return [
      parts.away,
      h(
        "section",
        { class: "card", "aria-labelledby": "view-title" },
        parts.title,
        parts.eta,
        parts.clock,
        parts.queue,
        h("ul", { class: "figures" }, parts.ahead, parts.pace, parts.place),
        parts.longer,
        parts.reason,
      ),
      parts.notice,
      parts.lacks,
      h("div", { class: "columns" }, parts.kept, parts.ways),
      parts.check,
    ];
  }

  relabel(words) {
    this.words = words;
    const { kept, ways } = this.parts;
    kept.replaceChildren(
      h("h2", {}, words.t("kept.title")),
      h("ul", {}, ...["place", "called", "late"].map((key) => h("li", {}, words.t(`kept.${key}`)))),
    );
    ways.hidden = this.config.alternatives.length === 0;
    ways.replaceChildren(
      h("h2", {}, words.t("ways.title")),
      h("ul", {}, ...this.config.alternatives.map((way) => h("li", {}, h("bdi", {}, way[words.code] ?? way.en)))),
    );
    this.update(this.state);
  }

  // state: {phase, standing?, walked?, status?, reason, longer, away?, held?, why?, lacks?}
  update(state) {
    this.state = state;
    const { parts, words } = this;
    say(parts.title, this.titleText());
    // Who holds no place yet is not told that it is kept.
    parts.kept.hidden = !["waiting", "next"].includes(state.phase);
    this.time();
    this.line();
    say(parts.reason, this.reasonText());
    say(parts.longer, state.longer ? words.t("eta.longer", { reason: this.reasonWhy() }) : "");
    this.away();
    this.notice();
    this.lacks();
    this.draw.update(words, state.ticket, state.status?.draw);
  }

  titleText() {
    const { phase, status } = this.state;
    if (phase === "joining") return this.words.t("line.joining");
    if (phase === "next") return this.words.t("turn.title");
    const own = `held.${this.state.held?.why}_title`;
    if (phase === "held") return this.words.t(this.words.has(own) ? own : "held.title");
    const key = `line.${status?.state}.title`;
    return this.words.has(key) ? this.words.t(key) : this.words.t("line.title");
  }

  time() {
    const { standing, phase, status } = this.state;
    const { eta, clock } = this.parts;
    say(eta, "");
    say(clock, "");
    if (phase === "next") return say(eta, this.words.t("line.next"));
    if (phase !== "waiting" || status.state === "closed") return;
    // As the house says now; the page may be older.
    const doors = status.times?.doors ? status.times.doors / 1000 : this.config.times.doors;
    if (["before", "draw"].includes(status.state) && doors) return say(eta, this.words.t("eta.opens", { clock: this.words.clock(doors) }));
    if (!standing.times) {
      say(eta, this.words.t(status.state === "paused" ? "eta.paused" : "eta.unknown"));
      say(clock, status.state === "paused" ? "" : this.words.t("eta.unknown_why"));
      return;
    }
    say(eta, this.words.t(...interval(standing.times.low, standing.times.high)));
    if (standing.times.high >= 60) {
      say(clock, this.words.t("eta.clock", { clock: this.words.clock(this.state.heardAt + standing.times.mid * 1000) }));
    }
  }

  line() {
    const { standing, walked, phase, ticket, status } = this.state;
    const { parts, words } = this;
    const shown = phase === "waiting" && standing && this.state.status.state !== "closed";
    parts.queue.hidden = !shown;
    parts.ahead.parentElement && (parts.ahead.parentElement.hidden = !shown);
    if (!shown) return;
    if (status.state === "draw" && status.draw?.commitment) return this.drawing(ticket, status.draw);
    parts.gone.style.flexGrow = String(walked);
    parts.crowd.style.flexGrow = String(standing.ahead);
    say(parts.ahead, standing.ahead === 0 ? words.t("line.next") : words.t("line.ahead", { n: standing.ahead }));
    say(parts.pace, standing.perMinute ? words.t("line.pace", { n: standing.perMinute }) : words.t("line.standing"));
    const drawn = standing.drawnOf ? "line.place_drawn" : "line.place";
    say(parts.place, words.t(drawn, { place: standing.place, n: standing.drawnOf }));
  }

  // Nobody stands anywhere yet: how many are in the draw, and under which number.
  drawing(ticket, draw) {
    const { parts, words } = this;
    parts.queue.hidden = true;
    say(parts.ahead, words.t("line.in_draw", { n: draw.count ?? 0 }));
    say(parts.pace, "");
    say(parts.place, words.t("line.number", { number: ticket.number ?? ticket.place }));
  }

  reasonText() {
    const { phase, status, held } = this.state;
    if (phase === "next") return this.words.t(`next.${this.state.why}`);
    if (phase === "held") return this.words.t(`held.${held.why}`, { n: held.seconds });
    if (phase !== "waiting") return "";
    // A night may be played without a draw: its places are as they came.
    const isDrawn = status.state !== "draw" || status.draw?.commitment;
    const key = `line.state.${isDrawn ? status.state : "before"}`;
    return this.words.has(key) ? this.words.t(key) : this.reasonWhy();
  }

  reasonWhy() {
    const said = this.state.status?.reason;
    const code = REASONS.includes(said) ? said : "other";
    // Where nobody goes in, no reason may say that people do.
    const stands = this.state.standing?.perMinute === 0 && this.words.has(`standing.${code}`);
    return this.words.t(`${stands ? "standing" : "reason"}.${code}`);
  }

  away() {
    const { away } = this.state;
    this.parts.away.hidden = !away;
    if (!away) return this.parts.away.replaceChildren();
    const text = away.heardAt
      ? this.words.t("away.heard", { clock: this.words.clock(away.heardAt) })
      : this.words.t("away.never");
    if (this.parts.away.dataset.text === text + this.words.code) return;
    this.parts.away.dataset.text = text + this.words.code;
    this.parts.away.replaceChildren(h("h2", {}, this.words.t("away.title")), h("p", {}, text));
  }

  notice() {
    const notice = this.state.status?.notice ?? {};
    const text = notice[this.words.code] ?? Object.values(notice)[0] ?? "";
    this.parts.notice.hidden = !text;
    if (text) this.parts.notice.replaceChildren(h("h2", {}, this.words.t("notice.title")), h("p", {}, text));
  }

  lacks() {
    const { lacks } = this.state;
    this.parts.lacks.hidden = !lacks;
    if (lacks) this.parts.lacks.replaceChildren(...lacksWords(this.words, this.config, lacks));
  }

  // What is said aloud.
  spoken() {
    const { parts } = this;
    return [parts.title, parts.eta, parts.clock, parts.ahead].map((part) => part.textContent).filter(Boolean).join(". ");
  }
}

// lacks: {channel, channels: [names held], alternatives}
export function lacksWords(words, config, lacks, heading = "h2") {
  const title = (name) => config.channels[name] ?? name;
  const held = lacks.channels ?? [];
  const ways = lacks.alternatives ?? [];
  return [
    h(heading, {}, words.t("channel.lacks", { title: title(lacks.channel) })),
    h("p", {}, held.length ? `${words.t("channel.holds")} ${held.map(title).join(", ")}` : words.t("channel.holds_none")),
    ways.length ? h("ul", {}, ...ways.map((way) => h("li", {}, h("bdi", {}, way[words.code] ?? way.en)))) : "",
  ].filter(Boolean);
}
