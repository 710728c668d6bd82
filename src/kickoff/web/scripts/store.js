// What this device keeps between two visits. Where storage is refused (private windows, some televisions), the page lives on
// without it: then it keeps for as long as it is open.

export class Store {
  constructor(night, storage) {
    this.prefix = `kickoff:${night}:`;
    this.storage = storage;
    this.memory = new Map();
  }

  get(name) {
    try {
      const text = this.storage.getItem(this.prefix + name);
      return text === null ? null : JSON.parse(text);
    } catch {
      return this.memory.get(name) ?? null;
    }
  }

  set(name, value) {
    this.memory.set(name, value);
    try {
      this.storage.setItem(this.prefix + name, JSON.stringify(value));
    } catch {
      // Kept in memory only.
    }
  }

  drop(name) {
    this.memory.delete(name);
    try {
      this.storage.removeItem(this.prefix + name);
    } catch {
      // Nothing was stored.
    }
  }
}

export function deviceStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
