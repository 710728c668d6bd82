"""What does a person read who is told no? Problem details (RFC 9457), each with a code, a reason and a way on."""

import math

import msgspec

from kickoff.door.seam import Reply

CONTENT_TYPE = "application/problem+json"
CHALLENGE = ("WWW-Authenticate", 'Bearer realm="kickoff"')
"""Every 401 says how one may show who one is (RFC 9110 §15.5.2, RFC 6750 §3). No browser opens a dialog for it."""
_ENCODER = msgspec.json.Encoder()

TITLES: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request cannot be read"),
    "bad_token": (401, "This token is not accepted"),
    "expired": (401, "This token is no longer valid"),
    "no_session": (401, "Sign in first"),
    "wrong_login": (401, "Login or password is wrong"),
    "not_in_offer": (403, "This channel is not in your offer"),
    "closed": (403, "The night is over"),
    "health_only": (403, "Only a service of this night may say how it is"),
    "operator_only": (403, "Only the operator may do this"),
    "no_pass": (403, "Your place has not been called yet"),
    "proof_needed": (403, "Show that this place is a person's"),
    "already_in": (409, "You are already in"),
    "too_many_streams": (409, "Too many screens at once"),
    "stopped": (410, "This stream was ended from another screen"),
    "ended": (410, "This stream has ended"),
    "no_code": (404, "No screen shows this code"),
    "not_found": (404, "There is nothing here"),
    "method_not_allowed": (405, "This is not done with this method"),
    "head_too_large": (431, "The head of the request is too large"),
    "body_too_large": (413, "The body of the request is too large"),
    "not_yet": (429, "It is not your turn yet"),
    "rate_limited": (429, "Too many new places for this network"),
    "too_many_codes": (429, "Too many wrong codes"),
    "full_house": (429, "The house is full"),
    "sign_in_busy": (429, "Sign-in is busy"),
    "defect": (500, "The door made a mistake"),
    "not_open": (503, "Places are not given yet"),
    "draining": (503, "No new places are given for now"),
    "full": (503, "The line is full"),
    "unwritten": (503, "Your place could not be kept safe"),
    "line_lost": (503, "The line does not answer"),
    "backend_failed": (503, "Sign-in does not answer"),
    "not_ready": (503, "The door is not ready"),
}
"""code → (status, title)."""


def problem(
    code: str,
    detail: str = "",
    *,
    retry_s: float | None = None,
    answered: int | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    **more: object,
) -> Reply:
    """The problem document of a code. `retry_s` becomes Retry-After, in whole seconds, rounded up.

    `answered`: the status that the operator chose for this code; None: its own.
    """
    own, title = TITLES[code]
    status = own if answered is None else answered
    document = {"type": f"urn:kickoff:problem:{code}", "title": title, "status": status, "code": code, **more}
    if detail:
        document["detail"] = detail
    if status == 401:
        headers = (*headers, CHALLENGE)
    if retry_s is not None:
        headers = (*headers, ("Retry-After", str(math.ceil(retry_s))))
    return Reply(status=status, body=_ENCODER.encode(document), content_type=CONTENT_TYPE, headers=headers)
