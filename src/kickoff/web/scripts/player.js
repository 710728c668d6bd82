// The picture: hls.js with CMCD on the video element, every network of the list before it gives up, beats to the door.

import { Meter } from "./meter.js";
import { Routes } from "./routes.js";

const SEE_MS = 250;
const FIRST_PICTURE_MS = 12_000;
const STALL_MS = 15_000;
const AGAIN_S = [5, 10, 20, 30]; // after every network failed; the last one stays

const CODES = { manifest: "manifest", level: "manifest", frag: "segment", key: "forbidden", buffer: "decode", media: "decode" };

// on: {picture(), buffering(bool), failed({code, started, againS}), leased(lease), lost(), stopped(), cap(bool), muted()}
export class Player {
  constructor({ api, video, hlsUrl, client, on }) {
    Object.assign(this, { api, video, hlsUrl, client, on });
    this.meter = new Meter();
    this.timers = new Set();
    this.round = 0;
    this.number = 0;
    this.session = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  }

  async start(lease) {
    this.lease = lease.lease;
    this.beatS = lease.beat_s;
    this.capKbps = lease.bitrate_cap_kbps ?? null;
    this.routes = new Routes(lease);
    this.leasedAt = performance.now();
    this.startedOnce = false;
    this.seeing = setInterval(() => this.see(), SEE_MS);
    this.Hls ??= (await import(this.hlsUrl)).default;
    await this.load();
    this.beatLater(this.beatS);
  }

  get playing() {
    return this.meter.state === "p";
  }

  // Load what `routes` points at. Starts the clock of the first picture.
  async load() {
    this.hls?.destroy();
    this.hls = null;
    this.meter.restart();
    this.failing = false;
    this.stalledSince = null;
    this.deadline = performance.now() + FIRST_PICTURE_MS;
    if (this.Hls.isSupported()) this.attach();
    else this.video.src = this.routes.url;
    // A browser that plays the stream itself does not say why it stopped: most often the token in the address is over.
    this.video.onerror = () => this.trouble(this.hls ? "decode" : "forbidden");
    await this.play();
  }

  attach() {
    const hls = (this.hls = new this.Hls({
      enableWorker: false,
      liveSyncDurationCount: 2,
      cmcd: { sessionId: this.session, contentId: this.routes.channel },
      manifestLoadPolicy: policy(1),
      playlistLoadPolicy: policy(2),
      fragLoadPolicy: policy(2),
      xhrSetup: (xhr, url) => {
        const fresh = this.routes.fresh(url);
        if (fresh !== url) xhr.open("GET", fresh, true);
      },
    }));
    const { Events } = this.Hls;
    hls.on(Events.ERROR, (_, data) => data.fatal && this.fatal(data));
    hls.on(Events.MANIFEST_PARSED, () => this.capBitrate());
    hls.loadSource(this.routes.url);
    hls.attachMedia(this.video);
  }

  // Sound where the browser lets us; else a silent picture and a button, never a picture that waits for a click unseen.
  async play() {
    try {
      await this.video.play();
    } catch (refused) {
      if (refused.name !== "NotAllowedError" || this.video.muted) return;
      this.video.muted = true;
      this.on.muted();
      await this.video.play().catch(() => {});
    }
  }

  fatal(data) {
    if (data.type === this.Hls.ErrorTypes.MEDIA_ERROR && !this.mended) {
      this.mended = true;
      this.hls.recoverMediaError();
      return;
    }
    const refused = [401, 403].includes(data.response?.code);
    const kind = Object.keys(CODES).find((word) => data.details.toLowerCase().startsWith(word));
    this.trouble(refused ? "forbidden" : (CODES[kind] ?? "other"));
  }

  see() {
    const now = performance.now();
    if (this.meter.see(now, this.video)) this.picture(now);
    if (this.failing) return;
    if (this.meter.state === "s" && !this.video.paused && now > this.deadline) this.trouble("timeout");
    const stalled = this.meter.state === "r";
    this.stalledSince = stalled ? (this.stalledSince ?? now) : null;
    this.on.buffering(stalled && now - this.stalledSince > 2 * SEE_MS);
    if (stalled && now - this.stalledSince > STALL_MS) this.trouble("segment");
  }

  picture(now) {
    this.routes.forgive();
    this.round = 0;
    this.mended = false;
    this.renewed = false;
    this.on.picture();
    if (!this.startedOnce) {
      this.startedOnce = true;
      this.beat({ msd: Math.round(now - this.leasedAt) });
    }
  }

  // The picture does not come, or has gone: a fresh token, then the next network, then an honest page.
  async trouble(code) {
    if (this.failing) return;
    this.failing = true;
    const { cdn } = this.routes;
    if (code === "forbidden" && !this.renewed) {
      this.renewed = true;
      return this.renew();
    }
    if (this.routes.turn()) {
      // The house must see at once which network fails, also when the next one brings the picture.
      this.api.beacon({ lease: this.lease, sta: this.startedOnce ? "r" : "f", ec: code, cdn, channel: this.routes.channel });
      return this.load();
    }
    await this.giveUp(code, cdn);
  }

  async giveUp(code, cdn) {
    this.hls?.destroy();
    this.hls = null;
    const againS = AGAIN_S[Math.min(this.round, AGAIN_S.length - 1)] * (0.75 + Math.random() / 2);
    this.round += 1;
    this.on.failed({ code, started: this.startedOnce, againS });
    const { body } = await this.api.beat(this.lease, { ...this.meter.take(), ...this.numbered(), sta: "f", ec: code, cdn, channel: this.routes.channel });
    if (body.playback_token) this.routes.take({ playback_token: body.playback_token });
    this.later(againS, () => this.again());
  }

  // From the beginning, as a person would, so that nobody has to.
  async again() {
    this.routes.forgive();
    this.renewed = false;
    await this.renew();
  }

  // The way back in stays open all night: the same stream with a fresh token.
  async renew() {
    const answer = await this.api.lease({ resume: this.lease, channel: this.routes.channel, client: this.client });
    if (answer.status === 201 || answer.status === 200) {
      this.lease = answer.body.lease;
      this.routes.take(answer.body);
      this.leasedAt = performance.now();
      this.startedOnce = false;
      this.on.leased(answer.body);
    } else if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
      this.stop();
      return this.on.lost(answer);
    }
    return this.load();
  }

  async change(channel) {
    // What was seen of the old channel is told before it is no longer the channel.
    await this.beat();
    const answer = await this.api.change(this.lease, channel);
    if (answer.status !== 200) return answer;
    this.lease = answer.body.lease ?? this.lease;
    this.routes.take(answer.body);
    this.routes.forgive();
    this.leasedAt = performance.now();
    this.startedOnce = false;
    this.on.leased(answer.body);
    await this.load();
    return answer;
  }

  beatLater(seconds) {
    this.beating = this.later(seconds, async () => this.beatLater((await this.beat()) ?? this.beatS));
  }

  // Tells the door what was watched; answers the seconds until the next time. What is not delivered is told with the next beat.
  async beat(more = {}) {
    const watched = this.meter.take();
    const { status, body } = await this.api.beat(this.lease, {
      sta: this.meter.state,
      ...this.numbered(),
      ...watched,
      cdn: this.routes.cdn,
      channel: this.routes.channel,
      ...this.bitrate(),
      ...more,
    });
    if (status === 410) this.gone(body.code);
    if (status !== 200 || body.again) this.meter.giveBack(watched);
    if (status !== 200) return null;
    if (body.playback_token) this.routes.take({ playback_token: body.playback_token });
    // An answer that names no ceiling lifts it.
    this.capKbps = body.bitrate_cap_kbps ?? null;
    this.capBitrate();
    return body.next_s;
  }

  // Ended from another screen: that was somebody's will. Any other end is resumed, unless a new try is on its way.
  gone(code) {
    if (code !== "ended") {
      this.stop();
      this.on.stopped();
    } else if (!this.failing) {
      this.failing = true;
      this.renew();
    }
  }

  bitrate() {
    const level = this.hls?.levels?.[this.hls.currentLevel];
    return level?.bitrate ? { br: Math.round(level.bitrate / 1000) } : {};
  }

  // A lower ceiling for everybody comes before anybody's picture is touched.
  capBitrate() {
    if (!this.hls?.levels?.length) return;
    const fitting = this.hls.levels.filter((level) => !this.capKbps || level.bitrate <= this.capKbps * 1000 * 1.1).length;
    const cap = fitting === this.hls.levels.length ? -1 : Math.max(0, fitting - 1);
    this.hls.autoLevelCapping = cap;
    this.on.cap(cap !== -1);
  }

  later(seconds, act) {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, seconds * 1000);
    this.timers.add(timer);
    return timer;
  }

  // The viewer goes: the seat is given back, also while the page is closing.
  leave(code) {
    const watched = this.meter.take();
    this.stop();
    return this.api.leave(this.lease, { ...watched, ...this.numbered(), code });
  }

  // So that the house can tell a beat that was lost on its way from a picture that stood still.
  numbered() {
    this.number += 1;
    return { sn: this.number, ts: Date.now() };
  }

  stop() {
    clearInterval(this.seeing);
    this.timers.forEach(clearTimeout);
    this.timers.clear();
    this.failing = true;
    this.hls?.destroy();
    this.hls = null;
    this.video.onerror = null;
    this.video.removeAttribute("src");
    this.video.load();
  }
}

// hls.js asks again by itself so often before it calls an error fatal; then the next network is better than more patience.
const policy = (times) => ({
  default: {
    maxTimeToFirstByteMs: 6_000,
    maxLoadTimeMs: 15_000,
    timeoutRetry: { maxNumRetry: times, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: times, retryDelayMs: 400, maxRetryDelayMs: 2_000 },
  },
});
