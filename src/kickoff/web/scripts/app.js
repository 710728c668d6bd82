// The waiting room that turns into the player: what the page says about the night, and where it begins.

import { Client } from "./client.js";
import { arrowsMoveFocus, deviceKind } from "./device.js";
import { keepPage } from "./keep.js";
import { Stage } from "./stage.js";
import { deviceStorage, Store } from "./store.js";
import { span } from "./line.js";
import { Visit } from "./visit.js";

const config = JSON.parse(document.getElementById("night").textContent);
const store = new Store(config.night, deviceStorage());
const device = deviceKind(navigator.userAgent, navigator.maxTouchPoints);
document.documentElement.dataset.device = device;

// Kick-off, in the person's own time.
function when(words) {
  const element = document.getElementById("when");
  const { kick_off: kickOff, whistle } = config.times;
  if (!kickOff) return;
  const left = (kickOff - Date.now()) / 1000;
  const clock = words.clock(kickOff);
  let text = words.t("night.begun", { clock });
  if (left > 0) text = words.t("night.kick_off_in", { clock, span: words.t(...span(left)) });
  else if (whistle && Date.now() > whistle) text = words.t("night.over");
  if (element.textContent !== text) element.textContent = text;
}

// In another language the page is kept with its words too.
function spoken(words) {
  when(words);
  keepPage(config.keeper, `/${config.night}`, config.words[words.code]);
}

const stage = new Stage(config, store);
await stage.begin();
stage.onSpeak = spoken;
spoken(stage.words);
setInterval(() => when(stage.words), 1000);
arrowsMoveFocus(document.body);
const client = { device, app: config.app, isp: "", region: "" };
await new Visit({ config, stage, store, api: new Client(config.night), client }).run();
