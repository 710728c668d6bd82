// The client of Kickoff's viewer API: what the page itself uses, and what an app may use. docs/client.md tells the way in.

import { standing } from "./line.js";
import { between } from "./timing.js";

const CALL_MS = 10_000;
const POLL_S = [5, 10]; // until a status object says otherwise
const SOON_S = [0.5, 1]; // after the time by which who is nearly there is called: a status object is up to a second old

/**
 * @typedef {Object} Answer
 * @property {number} status HTTP's; 0: nobody answered.
 * @property {boolean} ok Whether it is what was asked for. A refusal may come with any status: the operator chooses.
 * @property {string} code What a refusal means, such as `not_yet` or `full_house`; empty where there is none.
 * @property {Object} body The JSON; empty where there is none.
 * @property {number | null} retryS Seconds after which to ask again, as the door said.
 *
 * @typedef {Object} Ticket Keep it as it is; it is all that its holder needs.
 * @property {string} ticket
 * @property {string} lane
 * @property {number} place
 * @property {number} number
 *
 * @typedef {Object} Standing
 * @property {number} place
 * @property {number} drawnOf How many were drawn with it; 0: nobody was.
 * @property {boolean} called
 * @property {number} ahead
 * @property {number} perMinute
 * @property {{low: number, mid: number, high: number} | null} times Seconds left; null: nobody can say.
 */

export class Client {
  /**
   * @param {string} night The night's name, as in the page's address.
   * @param {{base?: string, session?: string, device?: string}} [where] `base`: the door's origin, where it is not the
   *   page's own. There no cookie is kept: `session` and `device` are what this client had when it was last here.
   */
  constructor(night, { base = "", session = "", device = "" } = {}) {
    this.root = `${base}/v1/${night}`;
    this.isAway = Boolean(base);
    this.session = session;
    this.device = device;
    this.pollS = POLL_S;
  }

  /** The status object: the same for everybody, so any cache may answer. @returns {Promise<Answer>} */
  status() {
    return this.call("GET", `${this.root}/status`);
  }

  /**
   * A place in line, or the same place again. Where the door asks strangers for a proof of work, it is done and shown.
   * @param {{client?: Object, channel?: string, attempts?: {at: number, what: string}[], slow?: boolean}} [body]
   *   `slow`: no proof could be shown for the place held, so one in the slow lane is taken.
   * @returns {Promise<Answer>} its body: a Ticket
   */
  join(body = {}) {
    return this.proved({ ...body, attempts: [] }, this.call("POST", `${this.root}/tickets`, body), "tickets");
  }

  /**
   * One look at the line: where this ticket stands, and in how many seconds to look again.
   * @param {Ticket} ticket
   * @returns {Promise<{standing: Standing, status: Object, lookAgainS: number} | null>} null: nobody answered
   */
  async look(ticket) {
    const { ok, body } = await this.status();
    if (!ok || !body.lanes) return null;
    if (body.poll_s?.length === 2) this.pollS = body.poll_s;
    const here = standing(ticket, body);
    return { standing: here, status: body, lookAgainS: lookAgainS(body, this.pollS, here.times?.high) };
  }

  /** A called ticket for a pass. @param {string} ticket @returns {Promise<Answer>} */
  redeem(ticket) {
    return this.proved({ ticket }, this.call("POST", `${this.root}/passes`, { ticket }), "passes");
  }

  /** @param {{pass: string, login: string, password: string}} body @returns {Promise<Answer>} */
  signIn(body) {
    return this.call("POST", `${this.root}/sessions`, body);
  }

  /**
   * A television's code to show (RFC 8628). By its pass a phone that has the code may sign in, and takes no second place.
   * @param {string} [pass] @returns {Promise<Answer>}
   */
  beginPairing(pass) {
    return this.call("POST", `${this.root}/devices`, new URLSearchParams(pass ? { pass } : {}));
  }

  /** Whether somebody has said yes to it. @param {string} deviceCode @returns {Promise<Answer>} */
  askPairing(deviceCode) {
    const form = new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: deviceCode });
    return this.call("POST", `${this.root}/devices/token`, form);
  }

  /** A stream: with a pass, or `resume` with the lease of before. @param {Object} body @returns {Promise<Answer>} */
  lease(body) {
    return this.call("POST", `${this.root}/leases`, body);
  }

  /** Another channel: never meets the line. @param {string} lease @param {string} channel @returns {Promise<Answer>} */
  change(lease, channel) {
    return this.call("PUT", `${this.root}/leases/${lease}`, { channel });
  }

  /** How it plays. @param {string} lease @param {Object} body @returns {Promise<Answer>} */
  beat(lease, body) {
    return this.call("POST", `${this.root}/leases/${lease}/beats`, body);
  }

  /** The end; also while the page is being closed: the browser delivers it afterwards. @returns {Promise<Answer>} */
  leave(lease, body) {
    return this.call("DELETE", `${this.root}/leases/${lease}`, body, { keepalive: true });
  }

  /** A beat of its own, at once. @param {Object} body @returns {Promise<Answer>} */
  beacon(body) {
    return this.call("POST", `${this.root}/beacons`, body, { keepalive: true });
  }

  /** What somebody sees. @param {{what: string, channel?: string, text?: string}} body @returns {Promise<Answer>} */
  report(body) {
    return this.call("POST", `${this.root}/reports`, body);
  }

  // The answer, or, where it holds a challenge, the answer to the same with the proof.
  async proved(body, asked, path) {
    const answer = await asked;
    if (!answer.body.challenge) return answer;
    const { solve } = await import("./proof.js");
    const proof = await solve(answer.body.challenge);
    if (!proof) return answer;
    const shown = await this.call("POST", `${this.root}/${path}`, { ...body, proof });
    return shown.ok || !answer.ok ? shown : answer;
  }

  async call(method, path, body, more = {}) {
    const asked = { method, credentials: "same-origin", headers: shown(this, method), ...more };
    if (body instanceof URLSearchParams) {
      asked.body = body;
    } else if (body !== undefined) {
      asked.body = JSON.stringify(body);
      asked.headers["Content-Type"] = "application/json";
    }
    // Where a television cannot time out, its own network limit holds.
    if (AbortSignal.timeout && !more.keepalive) asked.signal = AbortSignal.timeout(CALL_MS);
    try {
      const heard = await fetch(path, asked);
      const answer = await read(heard);
      if (this.isAway) {
        this.device = heard.headers.get("X-Kickoff-Device") ?? this.device;
        this.session = answer.body.session ?? answer.body.access_token ?? this.session;
      }
      return answer;
    } catch {
      return { status: 0, ok: false, code: "", body: {}, retryS: null };
    }
  }
}

/**
 * Seconds until the next look, drawn anew each time: within the appointment that the door gives before it opens, else
 * within its polling range, and sooner for who is called sooner: where no line stands nobody waits for a poll. All are
 * told by the door's clock, so that a wrong one here does no harm.
 * @param {Object} status @param {number[]} [pollS] @param {number} [dueS] The upper end of the time left.
 * @returns {number}
 */
export function lookAgainS({ at, appointment }, pollS = POLL_S, dueS = Infinity) {
  const soon = SOON_S.map((seconds) => dueS + seconds);
  if (!appointment) return between(soon[1] < pollS[0] ? soon : pollS);
  return Math.max(pollS[0], between(appointment.map((instant) => (instant - at) / 1e6)));
}

// Who asks, where no cookie says it. What is only read is the same for everybody, and asked without a preflight.
function shown({ isAway, session, device }, method) {
  if (!isAway || method === "GET") return {};
  return { ...(session && { Authorization: `Bearer ${session}` }), ...(device && { "X-Kickoff-Device": device }) };
}

// An answer that breaks off, or is not what was promised, is no answer: it throws, and the call counts as unanswered.
async function read(answer) {
  const text = await answer.text();
  const body = text && (answer.ok || text.startsWith("{")) ? JSON.parse(text) : {};
  const refused = /problem/.test(answer.headers.get("Content-Type"));
  return { status: answer.status, ok: answer.ok && !refused, code: refused || !answer.ok ? (body.code ?? "") : "", body, retryS: retryAfter(answer) };
}

function retryAfter(answer) {
  const seconds = Number(answer.headers.get("Retry-After"));
  return seconds > 0 ? Math.min(seconds, 600) : null;
}
