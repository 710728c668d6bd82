// From the call to the picture: the open door, signing in, rights, screens in use, and the way back.

import { h, say } from "./dom.js";
import { lacksWords } from "./wait_view.js";

const card = (...children) => h("section", { class: "card", "aria-labelledby": "view-title" }, ...children);
const title = (text) => h("h2", { id: "view-title", tabindex: "-1" }, text);
const focusTitle = () => document.getElementById("view-title")?.focus({ preventScroll: true });

// A title and a sentence.
export class WordView {
  constructor(name, keys, action) {
    Object.assign(this, { name, keys, action, focus: focusTitle });
  }

  render(words) {
    const button = this.action && h("button", { class: "main", type: "button", onclick: this.action.act }, words.t(this.action.key));
    return [card(title(words.t(this.keys.title)), this.keys.why && h("p", { class: "reason" }, words.t(this.keys.why)), button)];
  }
}

export class SignView {
  name = "sign";

  constructor(submit, { why = "sign.why", login = "" } = {}) {
    Object.assign(this, { submit, why, login, state: {} });
  }

  render(words) {
    const login = h("input", {
      id: "login", name: "login", type: "email", autocomplete: "username", required: true, value: this.login, "aria-describedby": "sign-why",
    });
    const password = h("input", {
      id: "password", name: "password", type: "password", autocomplete: "current-password", required: true,
    });
    const shown = h("input", {
      id: "shown", type: "checkbox", onchange: () => (password.type = shown.checked ? "text" : "password"),
    });
    this.parts = { login, password, why: h("p", { id: "sign-why", class: "reason", role: "status" }), button: h("button", { class: "main" }) };
    const send = (event) => {
      event.preventDefault();
      this.login = login.value;
      this.submit(login.value, password.value);
    };
    const form = h(
      "form",
      { onsubmit: send, class: "sign" },
      h("label", { for: "login" }, words.t("sign.login")),
      login,
      h("label", { for: "password" }, words.t("sign.password")),
      password,
      h("label", { class: "tick" }, shown, h("span", {}, words.t("sign.show"))),
      this.parts.button,
    );
    this.words = words;
    this.parts.pairing = h("div", { class: "pairing", hidden: true });
    this.update(this.state);
    return [card(title(words.t("sign.title")), this.parts.why, h("div", { class: "ways-in" }, form, this.parts.pairing))];
  }

  // state: {busy?, wrong?, fullS?}
  update(state) {
    this.state = state;
    const { why, button, login } = this.parts;
    const held = state.fullS !== undefined;
    say(why, held ? this.words.t("sign.full", { n: state.fullS }) : this.words.t(state.wrong ? "sign.wrong" : this.why));
    why.classList.toggle("wrong", Boolean(state.wrong));
    say(button, this.words.t(state.busy || held ? "sign.busy" : "sign.submit"));
    button.disabled = Boolean(state.busy || held);
    login.toggleAttribute("aria-invalid", Boolean(state.wrong));
    this.showPairing();
  }

  // A television's code: {code, address, qr}, or nothing.
  pair(pairing) {
    this.pairing = pairing;
    if (this.parts) this.showPairing();
  }

  showPairing() {
    const { pairing } = this.parts;
    pairing.hidden = !this.pairing;
    if (!this.pairing || pairing.dataset.code === this.pairing.code) return;
    pairing.dataset.code = this.pairing.code;
    pairing.replaceChildren(
      h("img", { src: this.pairing.qr, alt: this.words.t("tv.qr"), width: 240, height: 240 }),
      h("p", {}, this.words.t("tv.scan", { address: this.pairing.address }), h("br"), h("strong", { class: "code" }, this.pairing.code)),
    );
  }

  focus() {
    this.parts[this.login ? "password" : "login"].focus();
  }
}

// The offer lacks the channel: what it holds, and the other ways.
export class RightsView {
  name = "rights";

  constructor(config, lacks, choose) {
    Object.assign(this, { config, lacks, choose, focus: focusTitle });
  }

  render(words) {
    const held = (this.lacks.channels ?? []).filter((name) => name in this.config.channels);
    const buttons = held.map((name) =>
      h("button", { class: "main", type: "button", onclick: () => this.choose(name) }, words.t("channel.watch", { title: this.config.channels[name] })),
    );
    return [card(title(words.t("problem.403.title")), ...lacksWords(words, this.config, this.lacks, "h3"), h("div", { class: "row" }, ...buttons))];
  }
}

export class ScreensView {
  name = "screens";

  // streams: [{stream, device, channel, since}]
  constructor(config, streams, end) {
    Object.assign(this, { config, streams, end, focus: focusTitle });
  }

  render(words) {
    const row = (stream) => {
      const device = words.has(`screens.device.${stream.device}`) ? stream.device : "other";
      const since = words.t("screens.since", {
        channel: this.config.channels[stream.channel] ?? stream.channel,
        clock: words.clock(stream.since / 1000),
      });
      const name = words.t(`screens.device.${device}`);
      return h(
        "li",
        {},
        h("span", {}, h("strong", {}, name), h("br"), h("span", { class: "soft" }, since)),
        h("button", { type: "button", "aria-label": `${words.t("screens.end")}: ${name}, ${since}`, onclick: () => this.end(stream) }, words.t("screens.end")),
      );
    };
    return [
      card(
        title(words.t("screens.title")),
        h("p", { class: "reason" }, words.t("screens.count", { n: this.streams.length })),
        h("ul", { class: "screens" }, ...this.streams.map(row)),
      ),
    ];
  }
}
