// How long did the picture really move, and how long did it stand still against the viewer's will?

const GAP_MS = 5_000; // a longer silence of the page itself (a sleeping device) is neither watching nor stalling

// Fed with what the video element says, at any rhythm; `take` gives whole milliseconds since the last `take`.
export class Meter {
  constructor() {
    this.watchedMs = 0;
    this.stalledMs = 0;
    this.last = null;
    this.state = "s"; // CMCD v2: s starting, p playing, r rebuffering, a paused, k seeking, e ended, f failed
  }

  // seen: {currentTime, paused, seeking, ended}; `now` in milliseconds of a monotonic clock. True at the very first moving picture.
  see(now, seen) {
    const last = this.last;
    this.last = { now, time: seen.currentTime };
    const passed = last ? now - last.now : 0;
    const moved = last ? (seen.currentTime - last.time) * 1000 : 0;
    const moving = moved > 0 && !seen.seeking && !seen.paused;
    const first = moving && this.state === "s";
    if (moving) this.watchedMs += Math.min(moved, passed);
    else if (this.state !== "s" && passed < GAP_MS && !seen.paused && !seen.seeking && !seen.ended) this.stalledMs += passed;
    this.state = this.next(moving, seen);
    return first;
  }

  next(moving, seen) {
    if (seen.ended) return "e";
    if (moving) return "p";
    if (this.state === "s") return "s";
    if (seen.paused) return "a";
    return seen.seeking ? "k" : "r";
  }

  // Another source begins: until its first picture nobody is stalled by it.
  restart() {
    this.state = "s";
    this.last = null;
  }

  // A jump of the playhead, to the live edge for example, is not watching.
  take() {
    const taken = { watched_ms: Math.floor(this.watchedMs), stalled_ms: Math.floor(this.stalledMs) };
    this.watchedMs -= taken.watched_ms;
    this.stalledMs -= taken.stalled_ms;
    return taken;
  }

  // What could not be delivered is told the next time.
  giveBack({ watched_ms, stalled_ms }) {
    this.watchedMs += watched_ms;
    this.stalledMs += stalled_ms;
  }
}
