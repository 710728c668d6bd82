// The place on the page where one view at a time stands, in the language chosen, and the voice for those who listen.

import { firstLanguage, loadWords } from "./words.js";
import { h, show } from "./dom.js";

const VOICE_MS = 20_000; // at most so often is anything repeated aloud that is not urgent

// A view is {render(words) → elements, relabel?(words)}; without `relabel` it is rendered anew when the language changes.
export class Stage {
  constructor(config, store) {
    this.config = config;
    this.store = store;
    this.main = document.getElementById("stage");
    this.voice = document.getElementById("voice");
    this.view = null;
    this.heard = { text: "", at: 0 };
  }

  async begin() {
    const code = firstLanguage(Object.keys(this.config.words), this.store.get("language"), navigator.languages ?? []);
    await this.speak(code);
  }

  async speak(code) {
    this.words = await loadWords(code, this.config.words[code], this.config.zone);
    document.documentElement.lang = code;
    document.documentElement.dir = this.words.t("direction");
    this.tools();
    if (this.view?.relabel) this.view.relabel(this.words);
    else if (this.view) show(this.main, this.view.render(this.words));
    this.onSpeak?.(this.words);
  }

  show(view) {
    const changed = this.view?.name !== view.name;
    this.view = view;
    show(this.main, view.render(this.words));
    document.body.dataset.view = view.name;
    if (changed && view.focus) view.focus();
  }

  // To those who listen instead of looking: polite, never in a torrent.
  announce(text, { urgent = false } = {}) {
    const now = Date.now();
    if (text === this.heard.text || (!urgent && now - this.heard.at < VOICE_MS)) return;
    this.heard = { text, at: now };
    this.voice.textContent = text;
  }

  title(text) {
    document.title = text ? `${text} · ${this.config.title}` : this.config.title;
  }

  tools() {
    const buttons = Object.entries(this.config.languages).map(([code, name]) =>
      h(
        "button",
        {
          type: "button",
          lang: code,
          "aria-pressed": String(code === this.words.code),
          onclick: () => {
            this.store.set("language", code);
            this.speak(code);
          },
        },
        name,
      ),
    );
    const tools = document.getElementById("tools");
    tools.setAttribute("aria-label", this.words.t("frame.language"));
    show(tools, buttons);
  }
}
