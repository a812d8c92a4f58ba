"""The timeline picture: one lane per source, one mark per event, written by hand so that it never changes.

Times are drawn to scale inside stretches. Between stretches the axis is broken and the break is labelled with the time
left out: a seizure is a matter of minutes in a year of history, and a plain axis would show one dot. Marks differ by
shape and number, never by colour alone: a filled mark with a number belongs to the finding of that number, a small ring
to none; a dashed one stands at a time whose zone is unknown. Marks that would cover one another are drawn as one, with
a count in their title.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from itertools import pairwise

from msgspec import Struct

from svitac.model import Where
from svitac.report import when
from svitac.report.plain import harmless
from svitac.timeline import Event, sort_key

WIDTH = 1200
LEFT = 190
RIGHT = 24
LANE = 34
TOP = 82
BREAK = 34
NARROW = 88  # room for the labels of one moment
LANES = 18
STRETCHES = 6
APART = 13  # closer marks in one lane are drawn as one
OTHER = "other sources"


class Stretch(Struct, frozen=True):
    """A piece of the axis that is drawn to scale: from `x`, `width` wide."""

    start: datetime
    end: datetime
    x: float = 0.0
    width: float = 0.0

    def at(self, time: datetime) -> float:
        """Where a time stands; the middle when the stretch is one moment."""
        length = (self.end - self.start).total_seconds()
        return self.x + (self.width * (time - self.start).total_seconds() / length if length else self.width / 2)


class Mark(Struct):
    """One or several events at one spot of a lane."""

    x: float
    number: int | None
    events: list[Event]


def timeline(events: Sequence[Event], numbers: Mapping[Where, int], zone: str) -> str:
    """The picture as `<svg>`, or "" without events. `numbers` gives a place the number of its finding."""
    if not events:
        return ""
    events = sorted(events, key=sort_key)
    axis = _axis([sort_key(e)[0] for e in events])
    lanes = _lanes(events)
    height = TOP + LANE * len(lanes) + 20
    body = [*_axis_lines(axis, zone, height)]
    for row, name in enumerate(lanes):
        y = TOP + LANE * row + LANE / 2
        body += _lane(name, y)
        mine = [e for e in events if e.artifact == name or (name == OTHER and e.artifact not in lanes)]
        body += [_mark(m, y, zone) for m in _marks(mine, axis, numbers)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" aria-labelledby="picture-title picture-desc" font-family="system-ui, sans-serif" font-size="13" '
        'fill="currentColor">'
    )
    words = f'<title id="picture-title">Timeline</title><desc id="picture-desc">{_x(_told(events, lanes, zone))}</desc>'
    return "\n".join([head, words, *body, "</svg>"])


def _told(events: Sequence[Event], lanes: Sequence[str], zone: str) -> str:
    first, last = (" / ".join(when.of_event(e, zone)) for e in (events[0], events[-1]))
    return (
        f"{len(events)} events in {len(lanes)} lanes, one per source, from {first} to {last} (phone's time / UTC). "
        "The table below the picture holds the same events in words."
    )


def _lanes(events: Sequence[Event]) -> list[str]:
    """The sources in the order in which they first speak; beyond `LANES`, the rest share one."""
    names = list(dict.fromkeys(e.artifact for e in events))
    return names if len(names) <= LANES else [*names[: LANES - 1], OTHER]


def _axis(times: Sequence[datetime]) -> list[Stretch]:
    """Stretches with their places. A gap is cut out when it would take over a third of what is left of the axis."""
    gaps = sorted(((b - a, a, b) for a, b in pairwise(times)), key=lambda g: (-g[0], g[1]))
    left = times[-1] - times[0]
    cuts = []
    for gap, before, after in gaps[: STRETCHES - 1]:
        if gap < timedelta(hours=1) or gap * 3 < left:
            break
        cuts.append((before, after))
        left -= gap
    cuts.sort()
    edges = zip([times[0], *(b for _, b in cuts)], [*(a for a, _ in cuts), times[-1]], strict=True)
    return _placed([Stretch(start, end) for start, end in edges], times)


def _placed(stretches: Sequence[Stretch], times: Sequence[datetime]) -> list[Stretch]:
    """Every stretch has room for its labels; the rest of the room is shared by how many events there are to show."""
    room = WIDTH - LEFT - RIGHT - BREAK * (len(stretches) - 1) - NARROW * len(stretches)
    x, placed = float(LEFT), []
    for stretch in stretches:
        share = bisect_right(times, stretch.end) - bisect_left(times, stretch.start)
        width = NARROW + room * share / len(times)
        placed.append(Stretch(stretch.start, stretch.end, x, width))
        x += width + BREAK
    return placed


def _axis_lines(axis: Sequence[Stretch], zone: str, height: int) -> list[str]:
    rows = ((f"Phone's time ({zone})", 16), ("the same in UTC", 50)) if zone else (("UTC", 16),)
    out = [f'<text x="0" y="{y}" font-size="12" class="soft">{_x(harmless(text, 40))}</text>' for text, y in rows]
    for stretch in axis:
        out += _ticks(stretch, zone, height)
    for before, after in pairwise(axis):
        x = before.x + before.width + BREAK / 2
        out.append(
            f'<path class="break" d="M{x - 4:.1f} {TOP - 12} l4 6 l-4 6 l4 6" fill="none" stroke="currentColor"/>'
        )
        gap = _length(after.start - before.end)
        out.append(f'<text x="{x:.1f}" y="{height - 6}" text-anchor="middle" font-size="11" class="soft">{gap}</text>')
        out.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP + 8}" y2="{height - 16}" class="break" stroke="currentColor" '
            'stroke-dasharray="1 5"/>'
        )
    return out


def _ticks(stretch: Stretch, zone: str, height: int) -> list[str]:
    """The first and last moment of a stretch, in both clocks, with a line through the lanes."""
    out = [
        f'<line x1="{stretch.x:.1f}" x2="{stretch.x + stretch.width:.1f}" y1="{TOP - 6}" y2="{TOP - 6}" '
        'stroke="currentColor"/>'
    ]
    ends = [(stretch.start, "start")]
    if stretch.width > 2 * NARROW and stretch.end > stretch.start:
        ends.append((stretch.end, "end"))
    for time, anchor in ends:
        label = stretch.at(time) if stretch.end > stretch.start else stretch.x
        utc = when.in_utc(time)
        phone = when.at_phone(time, zone) or utc
        rows = [(phone[:10], 16, 13), (phone[11:16], 33, 13)]
        if zone:
            rows.append((utc[11:16] if utc[:10] == phone[:10] else utc[5:16], 50, 11))
        out += [
            f'<text x="{label:.1f}" y="{y}" text-anchor="{anchor}" font-size="{size}">{text}</text>'
            for text, y, size in rows
        ]
        line = stretch.at(time)
        out.append(
            f'<line x1="{line:.1f}" x2="{line:.1f}" y1="{TOP - 14}" y2="{height - 16}" class="grid" '
            'stroke="currentColor" stroke-opacity="0.2"/>'
        )
    return out


def _length(gap: timedelta) -> str:
    if gap.days >= 2:
        return f"{gap.days} days"
    return f"{gap.total_seconds() / 3600:.0f} hours"


def _lane(name: str, y: float) -> list[str]:
    return [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" class="grid" stroke="currentColor" '
        'stroke-opacity="0.2"/>',
        f'<text x="0" y="{y + 4}">{_x(harmless(name, 30))}</text>',
    ]


def _marks(events: Sequence[Event], axis: Sequence[Stretch], numbers: Mapping[Where, int]) -> list[Mark]:
    """Events of one lane, those near one another and of the same finding joined."""
    marks: list[Mark] = []
    for event in events:
        time, number = sort_key(event)[0], numbers.get(event.where)
        x = next(s for s in reversed(axis) if s.start <= time).at(time)
        near = next((m for m in reversed(marks[-6:]) if m.number == number and x - m.x < APART), None)
        if near:
            near.events.append(event)
        else:
            marks.append(Mark(x, number, [event]))
    return sorted(marks, key=lambda m: m.number is not None)  # findings are drawn last, on top


def _mark(mark: Mark, y: float, zone: str) -> str:
    first = mark.events[0]
    says = " / ".join(when.of_event(first, zone)) + f": {first.what}: {harmless(first.says, 200)}"
    more = f" (and {len(mark.events) - 1} more here)" if len(mark.events) > 1 else ""
    title = f"<title>{_x(says + more)}</title>"
    dashed = "" if first.utc else ' stroke-dasharray="2 2"'
    around = f' stroke="currentColor" stroke-width="2"{dashed}' if dashed else ""
    if mark.number is None:
        ring = f'<circle cx="{mark.x:.1f}" cy="{y}" r="4.5" class="ring" fill="none" stroke="currentColor"{dashed}/>'
        return f"<g>{title}{ring}</g>"
    shape = f'<rect x="{mark.x - 9:.1f}" y="{y - 9}" width="18" height="18" rx="3" class="hit"{around}/>'
    text = (
        f'<text x="{mark.x:.1f}" y="{y + 4}" text-anchor="middle" font-size="11" font-weight="700" class="hit-number" '
        f'fill="#fff">{mark.number}</text>'
    )
    return f"<g>{title}{shape}{text}</g>"


def _x(text: str) -> str:
    return escape(text)
