"""Adapts matplotlib's SVG for the page and for separate files: its colours follow the reader's light or dark theme,
and no two pictures on one page share an id."""

import re
from html import escape

from chat_report import style

# role: the light colour, which matplotlib was told to draw with, and the dark one
ROLES = {
    "ink": (style.INK, "#e6edf3"),
    "faint": (style.FAINT, "#9aa4af"),
    "line": (style.GRID, "#333b45"),
    "ground": (style.GROUND, "#14181d"),
    "nothing": (style.NOTHING, "#20262d"),
    "bar": (style.BAR, "#56b4e9"),
    "others": (style.OTHERS_BAR, "#7d8791"),
    "warning": (style.WARNING_BAR, "#e8853a"),
}
_BY_COLOUR = {day: f"var(--{role}, {day})" for role, (day, _night) in ROLES.items()}
_COLOUR = re.compile("|".join(_BY_COLOUR))


def variables(night: bool) -> str:
    return " ".join(f"--{role}: {colours[night]};" for role, colours in ROLES.items())


def inline(svg: str, name: str, description: str) -> str:
    """For use inside a page that sets the variables."""
    begin = svg.index("<svg")
    body = re.sub(r"<metadata>.*?</metadata>", "", svg[begin:], flags=re.DOTALL)
    # Only in the attributes of tags: a colour's number may be somebody's name.
    body = re.sub(r"<[^<>]*>", lambda tag: _themed(tag[0], name), body)
    return body.replace("<svg ", f'<svg role="img" aria-label="{escape(description)}" ', 1)


def standing_alone(svg: str, name: str, description: str) -> str:
    """For a separate file."""
    rules = f"<style>:root {{ {variables(False)} }} @media (prefers-color-scheme: dark) {{ :root {{ {variables(True)} }} }}</style>"
    body = inline(svg, name, description)
    end = body.index(">") + 1
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body[:end]}\n{rules}{body[end:]}'


def _themed(tag: str, name: str) -> str:
    tag = _COLOUR.sub(lambda colour: _BY_COLOUR[colour[0]], tag)
    tag = re.sub(r'\bid="', f'id="{name}-', tag)
    return re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", tag)
