// How one speaks with the door. Each call answers {status, body, retryS}; status 0: nobody answered.

const CALL_MS = 10_000;

export class Api {
  constructor(night) {
    this.base = `/v1/${night}`;
  }

  status() {
    return this.call("GET", `${this.base}/status`);
  }

  join(body) {
    return this.call("POST", `${this.base}/tickets`, body);
  }

  redeem(ticket) {
    return this.call("POST", `${this.base}/passes`, { ticket });
  }

  signIn(body) {
    return this.call("POST", "/v1/sessions", body);
  }

  // A television asks for a code to show, then whether somebody has said yes to it (RFC 8628).
  beginPairing() {
    return this.call("POST", `${this.base}/devices`, {});
  }

  askPairing(deviceCode) {
    const form = new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: deviceCode });
    return this.call("POST", `${this.base}/devices/token`, form);
  }

  lease(body) {
    return this.call("POST", `${this.base}/leases`, body);
  }

  change(lease, channel) {
    return this.call("PUT", `${this.base}/leases/${lease}`, { channel });
  }

  beat(lease, body) {
    return this.call("POST", `${this.base}/leases/${lease}/beats`, body);
  }

  // Also while the page is being closed: the browser delivers it afterwards.
  leave(lease, body) {
    return this.call("DELETE", `${this.base}/leases/${lease}`, body, { keepalive: true });
  }

  beacon(body) {
    return this.call("POST", `${this.base}/beacons`, body, { keepalive: true });
  }

  report(body) {
    return this.call("POST", `${this.base}/reports`, body);
  }

  async call(method, path, body, more = {}) {
    const asked = { method, credentials: "same-origin", ...more };
    if (body instanceof URLSearchParams) {
      asked.body = body;
    } else if (body !== undefined) {
      asked.body = JSON.stringify(body);
      asked.headers = { "Content-Type": "application/json" };
    }
    // Where a television cannot time out, its own network limit holds.
    if (AbortSignal.timeout && !more.keepalive) asked.signal = AbortSignal.timeout(CALL_MS);
    try {
      const answer = await fetch(path, asked);
      return { status: answer.status, body: await json(answer), retryS: retryAfter(answer) };
    } catch {
      return { status: 0, body: {}, retryS: null };
    }
  }
}

// An answer that breaks off, or is not what was promised, is no answer: it throws, and the call counts as unanswered.
async function json(answer) {
  const text = await answer.text();
  return text && (answer.ok || text.startsWith("{")) ? JSON.parse(text) : {};
}

function retryAfter(answer) {
  const seconds = Number(answer.headers.get("Retry-After"));
  return seconds > 0 ? Math.min(seconds, 600) : null;
}
