"""How do machines read it? The JSON of Atlassian Statuspage, version 2, which many readers know; and Atom (RFC 4287).

Files by path below the page, to be served as they are: `api/v2/summary.json`, `status.json`, `components.json`,
`incidents.json`, `incidents/unresolved.json`, `scheduled-maintenances.json`, and `history.atom`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from kickoff.findings import Metric
from kickoff.night import Night
from kickoff.notices.history import Told, incidents
from kickoff.notices.words import CAUSES, Notice, State, Texts, Tongue
from kickoff.units import iso

PARTS = ("line", "sign_in", "streams")
"""What the service consists of, for whoever only wants to watch."""
INDICATORS = {
    "operational": "none",
    "degraded_performance": "minor",
    "partial_outage": "major",
    "major_outage": "critical",
}
"""State of the worst part → indicator of the page."""


def documents(history: Sequence[Notice], now: Notice, night: Night, tongue: Tongue) -> dict[str, bytes]:
    """Path → bytes. `tongue`: the language that the machines are told in."""
    page = {
        "id": identifier(night.name),
        "name": night.notices.service,
        "url": "",
        "time_zone": night.time_zone,
        "updated_at": iso(now.at),
    }
    parts = _components(now, night, tongue, page)
    status = {"indicator": indicator(now), "description": _texts(now).title}
    told = [_incident(one, page, parts) for one in incidents(history)]
    unresolved = [one for one in told if one["status"] != "resolved"]
    found: dict[str, dict[str, object]] = {
        "summary": {"components": parts, "incidents": unresolved, "scheduled_maintenances": [], "status": status},
        "status": {"status": status},
        "components": {"components": parts},
        "incidents": {"incidents": told},
        "incidents/unresolved": {"incidents": unresolved},
        "scheduled-maintenances": {"scheduled_maintenances": []},
        "scheduled-maintenances/active": {"scheduled_maintenances": []},
        "scheduled-maintenances/upcoming": {"scheduled_maintenances": []},
    }
    files = {
        f"api/v2/{name}.json": msgspec.json.format(msgspec.json.encode({"page": page, **body}), indent=1)
        for name, body in found.items()
    }
    return {**files, "history.atom": _atom(history, now, night)}


def part_states(now: Notice) -> dict[str, str]:
    """Part of the service → its state: operational, degraded_performance, partial_outage, major_outage."""
    states = dict.fromkeys(PARTS, "operational")
    if now.state is State.OPEN:
        broken = "sign_in" if now.metric == Metric.SIGN_IN_FAILURES else "streams"
        is_slow = now.metric in {Metric.STALLS, Metric.EXITS_BEFORE_START}
        states[broken] = "major_outage" if now.is_large else "degraded_performance" if is_slow else "partial_outage"
    return states


def indicator(now: Notice) -> str:
    """The page in one word: none, minor, major, critical."""
    worst = max(part_states(now).values(), key=list(INDICATORS).index)
    return INDICATORS[worst]


def stage_of(said: Notice) -> str:
    """How far a statement is: investigating, identified, resolved."""
    if said.state is not State.OPEN:
        return "resolved"
    return "identified" if said.cause in CAUSES else "investigating"


def _components(now: Notice, night: Night, tongue: Tongue, page: Mapping[str, Any]) -> list[dict[str, Any]]:
    states = part_states(now)
    return [
        {
            "id": identifier(f"{night.name} {name}"),
            "name": tongue["part"][name],
            "status": states[name],
            "created_at": night.starts_at or page["updated_at"],
            "updated_at": page["updated_at"],
            "position": position,
            "description": None,
            "showcase": True,
            "start_date": None,
            "group_id": None,
            "page_id": page["id"],
            "group": False,
            "only_show_if_degraded": False,
        }
        for position, name in enumerate(PARTS, 1)
    ]


def _incident(told: Told, page: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first, last = told.statements[0], told.statements[-1]
    name = identifier(told.incident)
    broken = parts[PARTS.index("sign_in" if first.metric == Metric.SIGN_IN_FAILURES else "streams")]
    return {
        "id": name,
        "name": _texts(last).title,
        "status": stage_of(last),
        "created_at": iso(told.created_at),
        "updated_at": iso(last.at),
        "monitoring_at": None,
        "resolved_at": iso(last.at) if told.is_over else None,
        "impact": indicator(msgspec.structs.replace(first, is_large=broken["status"] == "major_outage")),
        "shortlink": "",
        "started_at": iso(told.created_at),
        "page_id": page["id"],
        "incident_updates": [_update(said, name, broken) for said in reversed(told.statements)],
        "components": [broken],
    }


def _update(said: Notice, incident: str, broken: Mapping[str, Any]) -> dict[str, Any]:
    at = iso(said.at)
    return {
        "id": identifier(f"{incident} {said.at} {said.cause} {said.state}"),
        "status": stage_of(said),
        "body": _texts(said).status_page,
        "incident_id": incident,
        "created_at": at,
        "updated_at": at,
        "display_at": at,
        "affected_components": [{"code": broken["id"], "name": broken["name"], "new_status": broken["status"]}],
        "deliver_notifications": True,
        "custom_tweet": _texts(said).post,
        "tweet_id": None,
    }


def _atom(history: Sequence[Notice], now: Notice, night: Night) -> bytes:
    entries = "".join(
        f"<entry><id>urn:kickoff:{identifier(f'{said.incident} {said.at} {said.cause}')}</id>"
        f"<title>{escape(_texts(said).title)}</title><updated>{iso(said.at)}</updated>"
        f'<content type="text">{escape(_texts(said).status_page)}</content></entry>\n'
        for said in reversed(history)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>urn:kickoff:{identifier(night.name)}</id>"
        f"<title>{escape(night.notices.service)}: {escape(night.title)}</title>\n"
        f"<author><name>{escape(night.notices.service)}</name></author><updated>{iso(now.at)}</updated>\n"
        f"{entries}</feed>\n"
    ).encode()


def _texts(said: Notice) -> Texts:
    return said.texts.get("en") or next(iter(said.texts.values()))


def identifier(name: str) -> str:
    """An identifier as Statuspage's are: twelve letters and digits, the same for the same name."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]
