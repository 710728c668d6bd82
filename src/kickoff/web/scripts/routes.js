// Which delivery network next? Each of the list once, then none is left; and the freshest token in every address.

export class Routes {
  constructor(lease) {
    this.take(lease);
    this.tried = new Set();
  }

  // A lease, or a part of one: what it does not say stays.
  take({ cdns, cdn, channels, channel, playback_token: token }) {
    const names = cdns ?? (cdn ? [cdn] : null);
    this.cdns = names ?? this.cdns ?? [];
    this.channels = channels ?? this.channels;
    this.channel = channel ?? this.channel;
    this.token = token ?? this.token;
    this.cdn = cdn && (cdns || !this.cdn) ? cdn : (this.cdn ?? this.cdns[0]);
  }

  get url() {
    const { urls } = this.channels[this.channel];
    return this.fresh(urls[this.cdn] ?? Object.values(urls)[0]);
  }

  // The address with the freshest token: `…/live/CDN/TOKEN/CHANNEL/…`.
  fresh(url) {
    return url.replace(/(\/live\/[^/]+\/)[^/]+\//, (_, head) => `${head}${this.token}/`);
  }

  // The next network that was not tried since the last picture; false when none is left.
  turn() {
    this.tried.add(this.cdn);
    const next = this.cdns.find((name) => !this.tried.has(name));
    if (next === undefined) return false;
    this.cdn = next;
    return true;
  }

  // There is a picture, or a new beginning.
  forgive() {
    this.tried.clear();
  }
}
