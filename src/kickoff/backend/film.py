"""How are the live channels made? ffmpeg encodes each once, ahead of the night; later nights find it in the cache.

The channels share their core with the password checks, so nothing is encoded while people are let in. The film of a
night is as long as the night, or `LENGTH_S_MAX`, after which it starts over.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

import imageio_ffmpeg

from kickoff.backend.picture import FONT, FPS, HEIGHT, WIDTH, Picture, picture_of
from kickoff.backend.playlists import Film, Rendition, codecs_of
from kickoff.night import Channel, Night

LENGTH_S_MAX = 600
_AUDIO_KBPS = 32
_HEIGHT_MIN = 144
Progress = Callable[[str, float], None]
"""(title of the channel, share done 0…1)."""


class FilmError(Exception):
    """ffmpeg could not make a channel: its last words. The operator reads them and mends the night file or the disk."""


class Reel:
    """One channel's film with its bytes in memory: about 5 MB for three minutes."""

    def __init__(self, film: Film, folder: Path) -> None:
        self.film = film
        self._inits = {part.name: (folder / part.name / "init.mp4").read_bytes() for part in film.renditions}
        self._segments = {
            part.name: [(folder / part.name / f"{number}.m4s").read_bytes() for number in range(film.count)]
            for part in film.renditions
        }

    def init(self, rendition: str) -> bytes | None:
        """The initialisation segment."""
        return self._inits.get(rendition)

    def segment(self, rendition: str, index: int) -> bytes | None:
        """A media segment by its place in the film."""
        segments = self._segments.get(rendition)
        return None if segments is None else segments[index]


def make_reels(night: Night, *, segment_s: int, cache: Path, progress: Progress) -> dict[str, Reel]:
    """The channels of a night by name, encoded now or found in the cache. Raises `FilmError`."""
    return {name: _reel(night, channel, segment_s, cache, progress) for name, channel in night.channels.items()}


def _reel(night: Night, channel: Channel, segment_s: int, cache: Path, progress: Progress) -> Reel:
    picture = picture_of(night, channel)
    count = -(-min(night.schedule.end, LENGTH_S_MAX) // segment_s)
    arguments = _arguments(channel, picture, goals=night.schedule.goals, segment_s=segment_s, count=int(count))
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    # The binary's name holds its version; the same words to the same ffmpeg make the same film.
    key = blake2b(json.dumps([Path(binary).name, arguments, picture.texts]).encode(), digest_size=12).hexdigest()
    folder = cache / key
    if not folder.is_dir():
        length_s = float(count * segment_s)
        _encode([binary, *arguments], picture, folder, lambda done_s: progress(channel.title, done_s / length_s))
    return Reel(_film(channel, folder, segment_s=segment_s, count=int(count)), folder)


def _film(channel: Channel, folder: Path, *, segment_s: int, count: int) -> Film:
    parts = []
    for name, (width, height, kbps) in zip(_names(channel), _sizes(channel), strict=True):
        codecs = codecs_of((folder / name / "init.mp4").read_bytes())
        parts.append(Rendition(name=name, width=width, height=height, kbps=kbps, codecs=codecs))
    return Film(segment_s=segment_s, count=count, renditions=tuple(parts))


def _names(channel: Channel) -> list[str]:
    return [f"{kbps}k" for kbps in sorted(set(channel.bitrates_kbps))]


def _sizes(channel: Channel) -> list[tuple[int, int, int]]:
    """Width, height and kbit/s of each bitrate: the largest in full size, the others smaller by the root of theirs."""
    rates = sorted(set(channel.bitrates_kbps))
    heights = [max(_HEIGHT_MIN, int(HEIGHT * (kbps / rates[-1]) ** 0.5) // 2 * 2) for kbps in rates]
    return [(height * WIDTH // HEIGHT // 2 * 2, height, kbps) for height, kbps in zip(heights, rates, strict=True)]


def _arguments(
    channel: Channel, picture: Picture, *, goals: tuple[float, ...], segment_s: int, count: int
) -> list[str]:
    length_s = count * segment_s
    sizes, names = _sizes(channel), _names(channel)
    cheers = "+".join(f"between(t,{goal},{goal + 6})" for goal in goals) or "0"
    outputs = "".join(f"[part{number}]" for number in range(len(sizes)))
    scales = [f"[part{n}]scale={width}:{height}[video{n}]" for n, (width, height, _) in enumerate(sizes)]
    graph = [
        f"[0:v]{picture.filters}",
        f"[picture]split={len(sizes)}{outputs}",
        *scales,
        f"[1:a]lowpass=f=900,volume='0.35+0.65*({cheers})':eval=frame,asplit={len(sizes)}"
        + "".join(f"[sound{number}]" for number in range(len(sizes))),
    ]
    maps = [part for n in range(len(sizes)) for part in ("-map", f"[video{n}]", "-map", f"[sound{n}]")]
    rates = [part for n, (_, _, kbps) in enumerate(sizes) for part in _rate(n, kbps)]
    streams = " ".join(f"v:{number},a:{number},name:{name}" for number, name in enumerate(names))
    return [
        "-hide_banner", "-loglevel", "error", "-nostats", "-progress", "pipe:1", "-nostdin", "-y",
        "-f", "lavfi", "-i", f"color=c=0x2A7F3E:s={WIDTH}x{HEIGHT}:r={FPS}:d={1 / FPS}",
        "-f", "lavfi", "-i", f"anoisesrc=color=brown:amplitude=0.1:r=48000:d={length_s}:seed=90",
        "-filter_complex", ";".join(graph), *maps, "-t", str(length_s),
        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-threads", "1", "-bf", "0",
        "-g", str(FPS * segment_s), "-keyint_min", str(FPS * segment_s), "-sc_threshold", "0", *rates,
        "-c:a", "aac", "-b:a", f"{_AUDIO_KBPS}k", "-ac", "1",
        "-f", "hls", "-hls_time", str(segment_s), "-hls_list_size", "0", "-hls_segment_type", "fmp4",
        "-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", "%v/%d.m4s", "-var_stream_map", streams,
        "%v/index.m3u8",
    ]  # fmt: skip


def _rate(number: int, kbps: int) -> list[str]:
    video = f"{max(16, kbps - _AUDIO_KBPS)}k"
    return [f"-crf:v:{number}", "24", f"-maxrate:v:{number}", video, f"-bufsize:v:{number}", video]


def _encode(command: list[str], picture: Picture, folder: Path, report: Callable[[float], None]) -> None:
    """Encode into a folder beside, then move it into place whole: another process may be at the same."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="making-") as made:
        work = Path(made)
        shutil.copyfile(_font(), work / FONT)
        for name, text in picture.texts.items():
            (work / name).write_text(text, "utf-8")
        _run(command, work, report)
        finished = work / "film"
        finished.mkdir()
        for part in work.glob("*/init*.mp4"):
            part.rename(part.parent / "init.mp4")
            part.parent.rename(finished / part.parent.name)
        if not folder.is_dir():
            finished.replace(folder)


def _font() -> Path:
    """DejaVu Sans Bold as matplotlib carries it, found without importing matplotlib, which takes a second."""
    plots = find_spec("matplotlib")
    assert plots is not None, "matplotlib is locked among the packages"
    assert plots.origin is not None, "matplotlib is a package with files"
    return Path(plots.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"


def _run(command: list[str], work: Path, report: Callable[[float], None]) -> None:
    with (
        (work / "words").open("w+") as words,
        subprocess.Popen(command, cwd=work, stdout=subprocess.PIPE, stderr=words, text=True) as process,  # noqa: S603 - our own words
    ):
        assert process.stdout is not None, "progress comes by standard output"
        for line in process.stdout:
            key, _, value = line.strip().partition("=")
            if key == "out_time_us" and value.isdigit():
                report(int(value) / 1e6)
        if process.wait() != 0:
            words.seek(0)
            raise FilmError(f"ffmpeg could not make a channel: {' '.join(words.read().split())[-500:]}")
