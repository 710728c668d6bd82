"""What breaks now? The fault script of the night file, read against seconds from the start of the night.

Only faults of the service itself are here; floods and stolen passwords come from the crowd.
"""

from collections.abc import Mapping, Sequence

from kickoff.night import Fault

PLAYLIST_KINDS = frozenset({"cdn", "isp", "release"})


def breaks_playlist(faults: Sequence[Fault], *, seconds: float, where: Mapping[str, str], draw: float) -> bool:
    """Whether a new playback meets a broken delivery.

    `where`: what is known of the call (cdn, isp, app); `draw`: an even draw from 0…1, fresh for each call.
    """
    return any(
        fault.kind in PLAYLIST_KINDS and _is_on(fault, seconds) and _matches(fault, where) and draw < fault.share
        for fault in faults
    )


def breaks_sign_in(faults: Sequence[Fault], *, seconds: float, draw: float) -> bool:
    """Whether this sign-in fails by script."""
    return any(fault.kind == "sign_in" and _is_on(fault, seconds) and draw < fault.share for fault in faults)


def lost_share(faults: Sequence[Fault], *, seconds: float) -> float:
    """Share of the core that is lost now; of several faults the largest."""
    return max(
        (fault.share for fault in faults if fault.kind == "capacity" and _is_on(fault, seconds)),
        default=0.0,
    )


def _is_on(fault: Fault, seconds: float) -> bool:
    return fault.at <= seconds < fault.until


def _matches(fault: Fault, where: Mapping[str, str]) -> bool:
    return all(where.get(dimension) == value for dimension, value in fault.where.items())
