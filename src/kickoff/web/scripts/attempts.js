// The unseen become seen: an attempt that met nobody is kept on the device and told at the next contact.

const KEPT_MAX = 10; // as many as one contact may tell; the newest stay

export class Attempts {
  constructor(store) {
    this.store = store;
  }

  note(what, atMs = Date.now()) {
    const kept = this.store.get("attempts") ?? [];
    this.store.set("attempts", [...kept, { at: atMs * 1000, what }].slice(-KEPT_MAX));
  }

  get untold() {
    return this.store.get("attempts") ?? [];
  }

  // Those that were delivered; what was noted meanwhile stays.
  told(delivered) {
    const times = new Set(delivered.map((attempt) => attempt.at));
    const rest = this.untold.filter((attempt) => !times.has(attempt.at));
    if (rest.length) this.store.set("attempts", rest);
    else this.store.drop("attempts");
  }
}
