// Can anyone check the draw? What binds the house before the doors, what it shows after, and how to compute every place.

import { h, say } from "./dom.js";

export class DrawView {
  constructor(night) {
    this.night = night;
  }

  render() {
    const long = () => h("p", { class: "address" });
    const file = (name) => h("a", { href: `/${this.night}/${name}`, download: true }, name);
    const parts = (this.parts = {
      title: h("summary"),
      why: h("p"),
      number: h("p"),
      commitment: long(),
      secret: long(),
      seed: long(),
      how: h("p"),
      files: h("p", {}, file("draw.json"), " · ", file("draw-list.txt")),
      command: h("code", { class: "address", dir: "ltr" }),
    });
    this.root = h("details", { class: "plain check" }, Object.values(parts));
    return this.root;
  }

  update(words, ticket, draw = {}) {
    const { parts } = this;
    this.root.hidden = !draw.commitment;
    if (this.root.hidden) return;
    const number = ticket && `${ticket.lane}.${ticket.number ?? ticket.place}`;
    say(parts.title, words.t("check.title"));
    say(parts.why, words.t(draw.seed ? "check.after" : "check.before"));
    say(parts.number, number ? words.t("check.number", { number }) : "");
    for (const name of ["commitment", "secret", "seed"]) {
      say(parts[name], draw[name] ? words.t(`check.${name}`, { value: draw[name] }) : "");
    }
    say(parts.how, draw.seed ? words.t("check.how") : "");
    parts.files.hidden = !draw.seed;
    const asked = `draw verify draw.json${number ? ` --number ${number}` : ""} --commitment ${draw.commitment}`;
    say(parts.command, draw.seed ? `kickoff ${asked}` : "");
  }
}
