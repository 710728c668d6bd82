"""What is in the picture? ffmpeg's filters for one channel: pitch, moving ball, title, score, match clock.

Texts reach ffmpeg in files, never in the filter itself: a title may hold any character. The night file does not say who
scores; the picture gives the first two goals of every three to the home team, as on 6 September 2022.
"""

import re

from msgspec import Struct

from kickoff.night import Channel, Night

WIDTH = 640
HEIGHT = 360
FPS = 10
FONT = "font.ttf"
"""In the folder in which ffmpeg works."""
_STRIPES = 8
_PLAYERS = ((0x1D3C8F, ((150, 90), (230, 200), (330, 120))), (0xF5F5F0, ((300, 230), (420, 110), (500, 220))))
_ABBREVIATION = 3
# PERF: the pitch is drawn on one frame, which then repeats: a fifth less time to encode.
_STILL = ("loop=loop=-1:size=1:start=0", f"setpts=N/({FPS}*TB)")


class Picture(Struct, frozen=True, kw_only=True):
    """The filters from ffmpeg's first input to `[picture]`, and the texts that they read, by file name."""

    filters: str
    texts: dict[str, str]


class _Line(Struct, frozen=True, kw_only=True):
    """One text on the screen, shown from `begins` to `ends` (seconds from the start). `clock`: it holds expressions."""

    text: str
    x: str
    y: int
    size: int
    begins: float
    ends: float
    clock: bool = False


def picture_of(night: Night, channel: Channel) -> Picture:
    """The picture of a channel through the night."""
    lines = [*_scores(night), *_clocks(night), _title(night, channel)]
    texts = {f"text{number}": line.text for number, line in enumerate(lines)}
    drawn = [_draw(line, f"text{number}") for number, line in enumerate(lines)]
    return Picture(filters=",".join([*_pitch(), *_STILL, *_players(), *drawn]) + "[picture]", texts=texts)


def teams(title: str) -> tuple[str, str]:
    """Home and away as three letters each: `PSG – Juventus` → PSG, JUV. A title without two teams names none."""
    parts = [part.strip() for part in re.split(r"\s[–—-]\s|\svs?\.?\s", title)]
    if len(parts) != 2:
        return "", ""
    return parts[0][:_ABBREVIATION].upper(), parts[1][:_ABBREVIATION].upper()


def _scores(night: Night) -> list[_Line]:
    home, away = teams(night.title)
    changes = [0.0, *night.schedule.goals, float("inf")]
    lines = []
    for goals in range(len(changes) - 1):
        away_goals = goals // 3
        text = f"{home} {goals - away_goals} – {away_goals} {away}".strip()
        lines.append(_Line(text=text, x="24", y=22, size=26, begins=changes[goals], ends=changes[goals + 1]))
    return lines


def _clocks(night: Night) -> list[_Line]:
    times, minute_s = night.schedule, night.match_minute_s or 1.0
    phases = (
        (f"− %{{eif:ceil(({times.kick_off}-t)/{minute_s}):d}}'", 0.0, times.kick_off),
        (f"%{{eif:(t-{times.kick_off})/{minute_s}:d}}'", times.kick_off, times.half_time),
        ("45' ½", times.half_time, times.second_half),
        (f"%{{eif:45+(t-{times.second_half})/{minute_s}:d}}'", times.second_half, times.whistle),
        ("90' ■", times.whistle, float("inf")),
    )
    return [
        _Line(text=text, x="24", y=60, size=22, begins=begins, ends=ends, clock=True) for text, begins, ends in phases
    ]


def _title(night: Night, channel: Channel) -> _Line:
    return _Line(text=f"{channel.title} · {night.title}", x="w-tw-24", y=22, size=18, begins=0.0, ends=float("inf"))


def _draw(line: _Line, file: str) -> str:
    shown = f":enable='gte(t,{line.begins})*lt(t,{min(line.ends, 1e9)})'"
    expansion = "normal" if line.clock else "none"
    return (
        f"drawtext=fontfile={FONT}:textfile={file}:expansion={expansion}:x={line.x}:y={line.y}:fontsize={line.size}"
        f":fontcolor=white:box=1:boxcolor=0x0B1220@0.85:boxborderw=7{shown}"
    )


def _pitch() -> list[str]:
    stripe = WIDTH // _STRIPES
    stripes = [
        f"drawbox=x={stripe * number}:y=0:w={stripe}:h={HEIGHT}:color=0x2F8F46:t=fill"
        for number in range(0, _STRIPES, 2)
    ]
    lines = ((20, 20, 600, 320), (319, 20, 2, 320), (20, 110, 90, 140), (530, 110, 90, 140), (270, 130, 100, 100))
    return [
        *stripes,
        *(f"drawbox=x={x}:y={y}:w={w}:h={h}:color=white@0.55:t=2" for x, y, w, h in lines),
    ]


def _players() -> list[str]:
    dots = [
        _dot(
            f"{x}+40*sin(t*{0.31 + 0.07 * number:.2f}+{x})", f"{y}+24*cos(t*{0.43 + 0.05 * number:.2f}+{y})", 22, colour
        )
        for colour, starts in _PLAYERS
        for number, (x, y) in enumerate(starts)
    ]
    return [*dots, _dot("310+230*sin(t*0.9)", "170+110*cos(t*1.3)", 13, 0xFFE14D)]


def _dot(x: str, y: str, size: int, colour: int) -> str:
    return f"drawtext=fontfile={FONT}:text=●:x='{x}':y='{y}':fontsize={size}:fontcolor=0x{colour:06X}"
