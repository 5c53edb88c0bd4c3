"""The pictures of the documentation: how they are made, and that every page shows what is there."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import Final

import pytest
from PIL import Image, ImageStat
from rich.terminal_theme import DEFAULT_TERMINAL_THEME

from tools.pictures import pages, report
from tools.pictures.__main__ import IMAGES, PICTURES, main
from tools.pictures.animation import FRAME_MS, LAST_MS, together, write_gif
from tools.pictures.errors import CannotDraw
from tools.pictures.pages import THEMES
from tools.pictures.screencast import Screencast

ROOT: Final = IMAGES.parents[1]
SHOWN: Final = re.compile(r'(?:\]\(|src="|srcset=")((?:docs/)?images/[\w.-]+)')
LARGEST_BYTES: Final = 1_500_000
LINE: Final = "#ff0000"


def pages_with_pictures() -> list[tuple[Path, str]]:
    """Return each page with each picture that it shows."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [(page, link) for page in found for link in SHOWN.findall(page.read_text("utf-8"))]


def test_every_picture_is_made_by_the_command_and_shown_on_a_page():
    made = {path.name for path in IMAGES.iterdir()}
    shown = {(page.parent / link).resolve() for page, link in pages_with_pictures()}
    assert {name.rsplit("-", 1)[0] for name in made} == set(PICTURES)
    assert shown == {IMAGES / name for name in made}


def test_every_picture_is_there_in_both_themes_and_small():
    stems = [path.stem for path in IMAGES.iterdir()]
    assert sorted(stems) == sorted(f"{name}-{theme}" for name in PICTURES for theme in THEMES)
    assert [path.name for path in IMAGES.iterdir() if path.stat().st_size > LARGEST_BYTES] == []


# --- The animation


def painted(colour: str, seconds: float) -> tuple[float, bytes]:
    """Return a frame of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (4, 2), colour).save(file, "PNG")
    return seconds, file.getvalue()


def cast(*frames: tuple[float, bytes]) -> Screencast:
    """Return a recording of the left half of a page."""
    return Screencast((0, 0, 2, 2), list(frames))


@pytest.mark.parametrize(("seconds", "index"), [(0, 0), (1, 0), (1.5, 0), (2, 1), (9, 1)])
def test_a_page_shows_the_last_painted_frame(seconds, index):
    assert cast(painted("red", 1), painted("blue", 2)).at(seconds) == index


def test_two_pages_stand_one_above_the_other_at_the_same_time():
    above = cast(painted("white", 0), painted("blue", 0.3))
    below = cast(painted("black", 0.1))
    (first, first_ms), (second, second_ms) = together(above, below, LINE)
    assert (first.size, first_ms, second_ms) == ((2, 5), 3 * FRAME_MS, FRAME_MS)
    column = [[image.getpixel((0, y)) for y in range(5)] for image in (first, second)]
    white, blue, red, black = (255,) * 3, (0, 0, 255), (255, 0, 0), (0, 0, 0)
    assert column == [[white, white, red, black, black], [blue, blue, red, black, black]]


def test_the_animation_keeps_the_times_and_rests_at_its_end(tmp_path):
    images = [(Image.new("RGB", (8, 8), name), ms) for name, ms in (("red", 300), ("blue", 100))]
    write_gif(tmp_path / "it.gif", images)
    with Image.open(tmp_path / "it.gif") as animation:
        durations = []
        for index in range(animation.n_frames):  # type: ignore[attr-defined]  # of a GIF
            animation.seek(index)
            durations.append(animation.info["duration"])
    assert durations == [300, 100 + LAST_MS]


# --- The report


def test_the_report_has_its_colours_and_loads_nothing():
    svg = report.terminal("\x1b[31mbroken\x1b[0m  it", DEFAULT_TERMINAL_THEME)
    assert "broken" in svg
    assert DEFAULT_TERMINAL_THEME.ansi_colors[1].hex in svg
    assert re.findall(r"url\((?!#)|@font-face|@import|href=", svg) == []


def test_the_report_is_the_one_of_the_tutorial():
    assert report.COMMAND.strip() in report.TUTORIAL.read_text("utf-8")


def test_a_terminal_keeps_the_colours_of_a_program():
    printing = "import sys; print(sys.stdout.isatty())"
    assert report.output_of([sys.executable, "-c", printing]) == "True\n"


# --- The command


def test_without_chromium_the_command_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["chat", "--folder", str(tmp_path)]) == 3
    assert capsys.readouterr() == (
        "",
        "error: chromium is not installed; on Debian: apt-get install chromium\n",
    )


def test_a_name_that_does_not_exist_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["chess"])
    assert (
        "wanted chat, inspector, report, html-report, answer; got chess" in capsys.readouterr().err
    )


@pytest.mark.prove
async def test_the_chat_is_drawn_in_both_themes(tmp_path):
    try:
        await pages.draw_chat(tmp_path)
    except CannotDraw as missing:
        pytest.skip(str(missing))
    brightness = []
    for theme in THEMES:
        with Image.open(tmp_path / f"chat-{theme}.png") as image:
            assert image.size == (2080, 1560)
            brightness += ImageStat.Stat(image.convert("L")).mean
    light, dark = brightness
    assert light > 200 > 50 > dark
