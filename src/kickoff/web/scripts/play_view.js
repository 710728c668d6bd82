// The player's page: the picture, the channels of the offer, and honest words when it does not come.

import { h, say } from "./dom.js";

export const REPORTS = ["black_screen", "error", "buffering", "sound", "sign_in", "other"];

export class PlayView {
  name = "play";

  // act: {change(channel), leave(), report({what, text}) → Promise<"thanks"|"lost"|"needs">}
  constructor(config, act) {
    Object.assign(this, { config, act, state: { phase: "starting", channels: {}, channel: "" } });
    this.video = h("video", { playsinline: true, controls: true, preload: "auto" });
  }

  render(words) {
    const parts = (this.parts = {
      screen: null,
      state: h("p", { class: "veil" }),
      sound: h("button", { class: "main sound", type: "button", hidden: true, onclick: () => this.sound() }),
      channels: h("div", { class: "row", role: "group" }),
      failed: h("section", { class: "note warn", role: "alert" }),
      notice: h("section", { class: "note word" }),
      quality: h("p", { class: "soft" }),
      refused: h("p", { class: "soft", role: "status" }),
      report: h("section", { class: "card report" }),
      open: h("button", { type: "button", onclick: () => this.openReport() }),
      leave: h("button", { type: "button", onclick: () => this.act.leave() }),
    });
    parts.report.hidden = true;
    parts.screen = h("div", { class: "screen" }, this.video, parts.state, parts.sound);
    this.relabel(words);
    return [
      parts.failed,
      parts.screen,
      h("div", { class: "row spread" }, parts.channels, h("div", { class: "row" }, parts.open, parts.leave)),
      parts.notice,
      parts.refused,
      parts.quality,
      parts.report,
    ];
  }

  relabel(words) {
    this.words = words;
    const { parts } = this;
    say(parts.open, words.t("play.report"));
    say(parts.leave, words.t("play.leave"));
    parts.sound.textContent = words.t("play.sound");
    parts.channels.setAttribute("aria-label", words.t("play.channels"));
    if (!parts.report.hidden) this.openReport();
    this.update({});
  }

  // state: {phase: starting|playing|buffering|failed, channel, channels, failed?, againS?, notice?, capped?, refused?}
  update(change) {
    Object.assign(this.state, change);
    const { words, parts, state } = this;
    const veil = { starting: "play.starting", buffering: "play.buffering" }[state.phase];
    say(parts.state, veil ? words.t(veil) : "");
    say(parts.quality, state.capped ? words.t("play.quality") : "");
    say(parts.refused, state.refused ? words.t("channel.lacks", { title: this.title(state.refused) }) : "");
    this.video.setAttribute("aria-label", words.t("play.label", { title: this.title(state.channel) }));
    this.channels();
    this.failed();
    this.notice();
  }

  title(name) {
    return this.state.channels[name]?.title ?? this.config.channels[name] ?? name;
  }

  channels() {
    const { channels, channel } = this.state;
    const key = JSON.stringify([Object.keys(channels), channel]);
    if (this.drawn === key && this.parts.channels.childElementCount) return;
    this.drawn = key;
    const focused = this.parts.channels.contains(document.activeElement);
    const button = (name) =>
      h("button", { type: "button", "aria-pressed": String(name === channel), onclick: () => this.act.change(name) }, this.title(name));
    this.parts.channels.replaceChildren(...Object.keys(channels).map(button));
    if (focused) this.parts.channels.querySelector('[aria-pressed="true"]')?.focus();
  }

  failed() {
    const { failed, againS, notice } = this.state;
    this.parts.failed.hidden = !failed;
    // Never a black screen: in its place stands what is known. The player goes on behind it.
    this.parts.screen.hidden = Boolean(failed);
    this.parts.open.hidden = Boolean(failed);
    if (!failed) return this.parts.failed.replaceChildren();
    const { words } = this;
    if (!this.parts.failed.childElementCount || this.said !== words.code + failed.code) {
      this.said = words.code + failed.code;
      const why = failed.code === "decode" ? "decode" : failed.started ? "during" : "start";
      this.parts.again = h("p", { "aria-live": "off" });
      this.parts.known = h("p");
      this.parts.failed.replaceChildren(
        h("h2", {}, words.t("fail.title")),
        h("p", {}, words.t(`fail.${why}`)),
        this.parts.again,
        h("h3", {}, words.t("fail.known")),
        this.parts.known,
        ...this.ways(),
        h("p", { class: "soft" }, words.t("fail.error", { code: failed.code })),
        h("button", { class: "main", type: "button", onclick: () => this.openReport() }, words.t("play.report")),
      );
    }
    say(this.parts.again, words.t("fail.again", { n: Math.max(1, Math.round(againS ?? failed.againS)) }));
    say(this.parts.known, this.told(notice) || words.t("fail.known_nothing"));
  }

  /** What the house says to those who watch; where it says nothing of its own to them, what it says to all. */
  told(notice) {
    return notice?.[`${this.words.code}-player`] ?? notice?.[this.words.code] ?? "";
  }

  ways() {
    const { alternatives } = this.config;
    if (!alternatives.length) return [];
    const { words } = this;
    return [h("h3", {}, words.t("ways.title")), h("ul", {}, ...alternatives.map((way) => h("li", {}, h("bdi", {}, way[words.code] ?? way.en))))];
  }

  notice() {
    const { notice, failed } = this.state;
    const text = failed ? "" : this.told(notice);
    this.parts.notice.hidden = !text;
    if (text) this.parts.notice.replaceChildren(h("h2", {}, this.words.t("notice.title")), h("p", {}, text));
  }

  sound() {
    this.video.muted = false;
    this.video.play().catch(() => {});
    this.parts.sound.hidden = true;
    this.video.focus();
  }

  offerSound() {
    this.parts.sound.hidden = false;
  }

  openReport() {
    const { words, parts } = this;
    const close = () => {
      parts.report.hidden = true;
      parts.open.focus();
    };
    const choice = (what) =>
      h(
        "label",
        { class: "tick" },
        h("input", { type: "radio", name: "what", value: what, required: true }),
        h("span", {}, words.t(`report.what.${what}`)),
      );
    const text = h("input", { id: "report-text", type: "text", maxlength: "300", autocomplete: "off" });
    const answer = h("p", { role: "status" });
    const send = h("button", { class: "main" }, words.t("report.send"));
    const form = h(
      "form",
      {
        onkeydown: (event) => event.key === "Escape" && close(),
        onsubmit: async (event) => {
          event.preventDefault();
          send.disabled = true;
          const said = await this.act.report({ what: new FormData(form).get("what"), text: text.value });
          say(answer, words.t(`report.${said}`));
          send.disabled = said === "thanks";
        },
      },
      h("fieldset", {}, h("legend", {}, words.t("report.title")), ...REPORTS.map(choice)),
      h("label", { for: "report-text" }, words.t("report.text")),
      text,
      h("div", { class: "row" }, send, h("button", { type: "button", onclick: close }, words.t("report.close"))),
      answer,
    );
    parts.report.replaceChildren(form);
    parts.report.hidden = false;
    form.querySelector("input").focus();
  }

  focus() {
    this.video.focus({ preventScroll: true });
  }
}
