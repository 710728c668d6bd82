// One visit, step by step: take a place, wait, be called, go in, watch, leave. Each step answers the next one.

import { Attempts } from "./attempts.js";
import { RightsView, ScreensView, SignView, WordView } from "./entry_views.js";
import { standing } from "./line.js";
import { between, Pause } from "./timing.js";
import { WaitView } from "./wait_view.js";

const STATES_CLOSED = ["closed"];
// Why no place is given now, in our words' keys.
const HELD = { rate_limited: "network", not_open: "early", draining: "drain", full: "full" };

export class Visit {
  constructor({ config, stage, store, api, client }) {
    Object.assign(this, { config, stage, store, api, client });
    this.attempts = new Attempts(store);
    this.pause = new Pause();
    this.channel = store.get("channel") ?? Object.keys(config.channels)[0];
    this.wait = new WaitView(config);
    this.told = null; // the latest instant that was promised
    this.recall();
    this.pass = null;
    this.signIn = false;
  }

  async run() {
    document.addEventListener("visibilitychange", () => document.hidden || this.pause.wake());
    window.addEventListener("pagehide", () => this.store.get("ticket") && this.waiting && this.store.set("left_at", Date.now()));
    // What breaks off because this page goes away says nothing about the door.
    window.addEventListener("beforeunload", () => this.goingAway());
    window.addEventListener("online", () => this.pause.wake());
    let step = this.store.get("lease") ? this.resume : this.join;
    while (step) step = await step.call(this);
  }

  goingAway() {
    this.goesAway = true;
    setTimeout(() => (this.goesAway = false), 5000);
  }

  unreachable() {
    if (!this.goesAway) this.attempts.note("unreachable");
  }

  // What was true last, from an earlier visit of this device: shown until the door says more.
  recall() {
    const [ticket, last] = [this.store.get("ticket"), this.store.get("last")];
    if (!ticket || !last) return;
    this.heardAt = last.at;
    this.seen = this.view(ticket, last.status, last.at);
  }

  // --- a place ---

  async join() {
    const kept = this.store.get("ticket");
    if (kept && !this.attempts.untold.length) return this.line;
    this.update(this.seen ? { phase: "waiting", ...this.seen } : { phase: "joining" });
    const untold = this.attempts.untold;
    const { ok, status, code, body, retryS } = await this.api.join({
      client: this.client, channel: this.channel, attempts: untold, ...(this.slow ? { slow: true } : {}),
    });
    if (ok) return this.joined(body, untold);
    if (status === 403 && body.channels) return this.notInOffer(body);
    if (HELD[code]) return this.held(HELD[code], retryS);
    if (status === 403) return this.show(new WordView("closed", { title: "line.closed.title", why: "line.state.closed" }));
    if (status === 429) return this.held("network", retryS);
    // A door that says why it cannot just now was met; nginx without one says `doors_away`.
    if (!code || code === "doors_away") this.unreachable();
    await this.away(retryS);
    return this.join;
  }

  joined(ticket, told) {
    this.attempts.told(told);
    const kept = this.store.get("ticket");
    const number = (one) => one?.number ?? one?.place;
    const same = number(kept) === number(ticket) && kept?.lane === ticket.lane;
    this.store.set("ticket", same ? { ...kept, ticket: ticket.ticket } : ticket);
    return this.line;
  }

  // Told before the wait: the channel is not theirs. With another one that they hold they wait for that.
  notInOffer(body) {
    const lacks = { channel: this.channel, ...body };
    const other = (body.channels ?? []).find((name) => name in this.config.channels && name !== this.channel);
    if (!other) return this.show(new RightsView(this.config, lacks, () => {}));
    this.channel = other;
    this.store.set("channel", other);
    this.lacks = lacks;
    return this.join;
  }

  async held(why, retryS) {
    let left = Math.ceil(retryS ?? between(this.api.pollS));
    for (; left > 0; left -= 1) {
      this.update({ phase: "held", held: { why, seconds: left } });
      await this.pause.seconds(1);
    }
    return this.join;
  }

  // --- the line ---

  async line() {
    const ticket = this.store.get("ticket");
    if (!ticket) return this.join;
    this.waiting = true;
    const seen = await this.api.look(ticket);
    if (!seen) {
      this.unreachable();
      await this.away();
      return this.line;
    }
    this.hear(ticket, seen);
    if (this.attempts.untold.length || this.cameBackLate()) return this.join;
    if (this.seen.standing.called && !STATES_CLOSED.includes(seen.status.state)) return this.enter;
    await this.pause.seconds(seen.lookAgainS);
    return this.line;
  }

  // Who closed the page and was called meanwhile had left; who is back in time had not.
  cameBackLate() {
    const leftAt = this.store.get("left_at");
    this.store.drop("left_at");
    if (!leftAt || !this.seen.standing.called) return false;
    this.attempts.note("gave_up", leftAt);
    return true;
  }

  hear(ticket, { status, standing: here }) {
    const now = Date.now();
    if (ticket.first === undefined) this.store.set("ticket", { ...ticket, first: here.ahead });
    this.heardAt = now;
    this.store.set("last", { at: now, status });
    this.seen = { ...this.view(ticket, status, now), longer: this.broken(now, here) };
    this.update({ phase: "waiting", ...this.seen });
    this.stage.title(here.called ? this.stage.words.t("turn.title") : "");
    this.stage.announce(this.wait.spoken());
  }

  view(ticket, status, heardAt) {
    const here = standing(ticket, status);
    const walked = Math.max(0, (ticket.first ?? here.ahead) - here.ahead);
    return { ticket, status, standing: here, heardAt, walked, longer: false, away: null };
  }

  // Whether the time is now later than every time that was promised: a change is said, never passed over.
  broken(now, { times, called }) {
    if (!times || called) return false;
    const [soonest, latest] = [now + times.low * 1000, now + times.high * 1000];
    const broken = this.told !== null && soonest > this.told + 30_000;
    this.told = broken ? this.told : Math.max(this.told ?? 0, latest);
    return broken;
  }

  async away(retryS) {
    this.update({ ...(this.seen ? { phase: "waiting", ...this.seen } : { phase: "joining" }), away: { heardAt: this.heardAt } });
    this.stage.announce(this.wait.parts.away.textContent);
    await this.pause.seconds(retryS ?? between(this.api.pollS));
  }

  update(state) {
    if (this.stage.view !== this.wait) this.stage.show(this.wait);
    this.wait.update({ ...state, lacks: this.lacks });
  }

  // --- in ---

  async enter() {
    const ticket = this.store.get("ticket");
    const { ok, status, code, body, retryS } = await this.api.redeem(ticket.ticket);
    if (ok) return this.called(body);
    if (code === "not_yet" || status === 429) return this.notYet(body, retryS);
    // This device cannot show what is asked of it: the slow lane asks for nothing.
    if (code === "proof_needed") {
      this.slow = true;
      this.store.drop("ticket");
      return this.join;
    }
    // The household is in already, on whichever device: it goes in by its session.
    if (status === 409) return this.lease;
    if (status === 401) {
      this.store.drop("ticket");
      return this.join;
    }
    await this.away();
    return this.line;
  }

  called(body) {
    this.waiting = false;
    this.pass = body.pass;
    this.store.drop("left_at");
    this.stage.title(this.stage.words.t("turn.title"));
    this.stage.announce(this.stage.words.t("turn.title"), { urgent: true });
    return body.sign_in && !this.store.get("signed_in") ? this.sign : this.lease;
  }

  // Called, and every seat just taken, or everybody held: next, before any new call. Nobody can say when.
  async notYet(body, retryS) {
    this.update({ phase: "next", ...this.seen, why: body.why === "everyone" ? "everyone" : "full" });
    this.stage.announce(this.wait.spoken());
    await this.pause.seconds(body.ask_again_s ?? retryS ?? between(this.api.pollS));
    return this.line;
  }

  async sign() {
    const view = this.signView ?? (this.signView = new SignView((login, password) => this.typed?.({ login, password })));
    if (this.stage.view !== view) this.stage.show(view);
    if (this.client.device === "tv") this.pairTelevision(view);
    const { login, password, paired } = await new Promise((resolve) => (this.typed = resolve));
    this.typed = null;
    if (paired) return this.lease;
    return this.send(view, { night: this.config.night, pass: this.pass, login, password });
  }

  // Beside the form a television shows a code, until it is used or somebody typed a password.
  async pairTelevision(view) {
    if (view.pairingNow) return;
    view.pairingNow = true;
    for (const night = this.config.night; this.stage.view === view; ) {
      const { status, body } = await this.api.beginPairing(this.pass);
      if (status !== 200) break;
      const { user_code: code, verification_uri: address } = body;
      view.pair({ code, address: address.replace(/^https?:\/\//, ""), qr: `/${night}/tv/qr?code=${code}` });
      if (await this.paired(view, body)) {
        this.store.set("signed_in", true);
        this.typed?.({ paired: true });
        break;
      }
    }
    view.pairingNow = false;
  }

  // True once a signed-in phone said yes; false when the code is over, refused, or nobody looks at it any more.
  async paired(view, { device_code: deviceCode, interval }) {
    let pauseS = interval;
    while (this.stage.view === view) {
      // Never earlier than the door said (RFC 8628), and not with all the others whose turn came in the same second.
      await new Promise((done) => setTimeout(done, between([pauseS, pauseS * 1.25]) * 1000));
      const { status, body } = await this.api.askPairing(deviceCode);
      if (status === 200) return true;
      if (status === 400 && !["authorization_pending", "slow_down"].includes(body.error)) return false;
      pauseS = body.interval ?? pauseS;
    }
    return false;
  }

  // A full house holds nobody up: the same sign-in is sent again until it is answered.
  async send(view, form) {
    for (;;) {
      view.update({ busy: true });
      const { ok, status, retryS, code } = await this.api.signIn(form);
      if (ok) {
        this.store.set("signed_in", true);
        return this.cameForTelevision ? this.backToTelevision : this.lease;
      }
      if (code === "wrong_login") return this.refused(view);
      // The pass is over: the ticket fetches another one.
      if (status >= 400 && status < 500 && status !== 429) return this.enter;
      for (let left = Math.ceil(retryS ?? between([2, 5])); left > 0; left -= 1) {
        view.update({ fullS: left });
        await this.pause.seconds(1);
      }
    }
  }

  // Who came from a television's code to sign in here goes back to it.
  get cameForTelevision() {
    return new URLSearchParams(location.search).get("tv");
  }

  backToTelevision() {
    location.assign(`/${this.config.night}/tv?code=${encodeURIComponent(this.cameForTelevision)}`);
    return new Promise(() => {});
  }

  refused(view) {
    view.update({ wrong: true });
    this.stage.announce(this.stage.words.t("sign.wrong"), { urgent: true });
    view.parts.password.focus();
    return this.sign;
  }

  async lease(more = {}) {
    if (!["play", "next"].includes(this.stage.view?.name)) this.stage.show(new WordView("turn", { title: "turn.title", why: "turn.entering" }));
    const { ok, status, code, body, retryS } = await this.api.lease({ pass: this.pass ?? "", channel: this.channel, client: this.client, ...more });
    if (ok) return () => this.watch(body);
    if (status === 409 && body.streams) return () => this.screens(body);
    if (code === "full_house") this.stage.show(new WordView("next", { title: "next.title", why: "next.full" }));
    if (status === 403 && body.channels) return this.rights(body);
    if (code === "no_session") return this.unknown();
    if (status >= 400 && status < 500 && status !== 429) return this.again(code);
    await this.pause.seconds(retryS ?? between([1, 3]));
    return () => this.lease(more);
  }

  // Not signed in any more.
  unknown() {
    this.store.drop("signed_in");
    if (!this.pass) return this.again();
    this.signView = new SignView((login, password) => this.typed?.({ login, password }), { why: "sign.needed" });
    return this.sign;
  }

  // The pass or the ticket is used up or over, or another household's: the line knows the way on, at its own pace.
  async again(code) {
    if (this.pass === null || code === "no_pass") this.store.drop("ticket");
    this.pass = null;
    await this.pause.seconds(between(this.api.pollS));
    return this.join;
  }

  rights(body) {
    return this.show((done) => {
      const choose = (name) => {
        this.channel = name;
        this.store.set("channel", name);
        done(this.lease);
      };
      return new RightsView(this.config, { channel: this.channel, ...body }, choose);
    });
  }

  screens(body, more = {}) {
    return this.show((done) => {
      const end = (stream) => done(() => this.lease({ end: stream.lease_id_short, ...more }));
      return new ScreensView(this.config, body.streams ?? [], end);
    });
  }

  // Show a view and wait until it says what comes next; a view without a way on is the end.
  show(make) {
    if (typeof make !== "function") {
      this.stage.show(make);
      return null;
    }
    return new Promise((done) => this.stage.show(make(done)));
  }

  // --- the picture ---

  async resume() {
    this.stage.show(new WordView("turn", { title: "still.title", why: "still.why" }));
    const channel = this.store.get("channel") ?? this.channel;
    const answer = await this.api.lease({ resume: this.store.get("lease"), channel, client: this.client });
    if (answer.ok) return () => this.watch(answer.body);
    if (answer.status === 409 && answer.body.streams) return () => this.screens(answer.body, { resume: this.store.get("lease") });
    if (answer.status === 403 && answer.body.channels) return this.rights(answer.body);
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
      this.store.drop("lease");
      return this.join;
    }
    if (answer.code === "full_house") this.stage.show(new WordView("next", { title: "next.title", why: "next.full" }));
    await this.pause.seconds(answer.retryS ?? between([1, 4]));
    return this.resume;
  }

  async watch(lease) {
    this.stage.title("");
    // Only now: who waits need not load the player.
    const { Watching } = await import("./watching.js");
    const ended = await new Watching(this, lease).until();
    return () => this.left(ended);
  }

  left(how) {
    return this.show(
      (done) => new WordView("left", { title: `${how}.title`, why: `${how}.why` }, { key: "left.back", act: () => done(this.resume) }),
    );
  }
}
