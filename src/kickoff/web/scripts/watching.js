// From the first picture to leaving: the player, what it tells the page, and what the person does.

import { PlayView } from "./play_view.js";
import { Player } from "./player.js";

const STATUS_S = 10;

export class Watching {
  constructor(visit, lease) {
    const { config, stage, store, api, client } = visit;
    Object.assign(this, { visit, config, stage, store, api, client });
    this.view = new PlayView(config, {
      change: (channel) => this.change(channel),
      leave: () => this.leave(),
      report: (report) => this.report(report),
    });
    stage.show(this.view);
    this.player = new Player({ api, video: this.view.video, hlsUrl: config.hls, client, on: this.events() });
    this.keep(lease);
    this.ended = new Promise((resolve) => (this.end = resolve));
    this.hide = (event) => this.hidden(event);
    this.showAgain = (event) => event.persisted && window.location.reload();
    window.addEventListener("pagehide", this.hide);
    window.addEventListener("pageshow", this.showAgain);
    this.player.start(lease);
    this.hear();
  }

  events() {
    const { view } = this;
    return {
      picture: () => view.update({ phase: "playing", failed: null }),
      buffering: (is) => ["playing", "buffering"].includes(view.state.phase) && view.state.phase !== (is ? "buffering" : "playing") && view.update({ phase: is ? "buffering" : "playing" }),
      failed: (failed) => this.failed(failed),
      leased: (lease) => this.keep(lease),
      lost: () => this.finish("left"),
      stopped: () => this.finish("stopped"),
      cap: (capped) => view.state.capped !== capped && view.update({ capped }),
      muted: () => view.offerSound(),
    };
  }

  until() {
    return this.ended;
  }

  // The token is the way back: kept on the device all night.
  keep(lease) {
    this.store.set("lease", lease.lease);
    this.store.set("channel", lease.channel);
    this.visit.channel = lease.channel;
    this.view.update({ channel: lease.channel, channels: lease.channels, phase: "starting", refused: null });
  }

  failed(failed) {
    this.view.update({ phase: "failed", failed, againS: failed.againS });
    clearInterval(this.counting);
    const until = performance.now() + failed.againS * 1000;
    this.counting = setInterval(() => {
      const left = (until - performance.now()) / 1000;
      if (left < 0 || !this.view.state.failed) return clearInterval(this.counting);
      this.view.update({ againS: left });
    }, 1000);
  }

  async change(channel) {
    if (channel === this.view.state.channel) return;
    this.view.update({ phase: "starting" });
    const answer = await this.player.change(channel);
    if (answer.status === 200) return;
    // The picture that there is goes on.
    this.view.update({ phase: this.player.playing ? "playing" : "starting", refused: answer.status === 403 ? channel : null });
  }

  // What goes on outside the picture: the house's own words, at the pace of the crowd.
  async hear() {
    const { status, body } = await this.api.status();
    if (status === 200) {
      this.view.update({ notice: body.notice });
      await this.deliverKept();
    }
    this.hearing = setTimeout(() => this.hear(), (STATUS_S + Math.random() * STATUS_S) * 1000);
  }

  async report({ what, text }) {
    const body = { what, channel: this.view.state.channel, ...(text ? { text } : {}) };
    const said = await this.deliver(body);
    if (said === "lost") this.store.set("report", body);
    return said;
  }

  async deliver(body) {
    const { status } = await this.api.report(body);
    if (status === 202) return "thanks";
    return status === 401 ? "needs" : "lost";
  }

  // What could not be sent goes with the next contact, as was promised.
  async deliverKept() {
    const kept = this.store.get("report");
    if (kept && (await this.deliver(kept)) !== "lost") this.store.drop("report");
  }

  code() {
    const { whistle } = this.config.times;
    return whistle && Date.now() >= whistle ? "whistle" : "quit";
  }

  leave() {
    this.player.leave(this.code());
    this.finish("left");
  }

  hidden() {
    this.player.leave(this.code());
  }

  finish(how) {
    clearTimeout(this.hearing);
    clearInterval(this.counting);
    window.removeEventListener("pagehide", this.hide);
    window.removeEventListener("pageshow", this.showAgain);
    this.player.stop();
    this.end(how);
  }
}
