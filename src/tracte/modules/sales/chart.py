"""The step chart of what was won in a period, drawn on the server as SVG."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, TOP, BASE = 340, 18, 96
GRID_LINES = 3
BAR = 300


def won_steps(
    steps: Sequence[tuple[date, Decimal]],
    first: date,
    last: date,
    today: date,
    words: tuple[str, str, str, str],
    target: tuple[Decimal, str] | None = None,
) -> SafeString:
    """The running total as steps from the first day of the period to today.

    :param steps: days with the total reached on them, in order.
    :param words: what the chart is called, then the labels of the first day, of today and of the last day.
    :param target: what is to be reached, drawn as a dashed line, with its label.
    """
    name, first_word, today_word, last_word = words
    whole = max((last - first).days, 1)
    most = max(steps[-1][1] if steps else Decimal(0), target[0] if target else Decimal(0)) or Decimal(1)
    now_x = _x(today, first, whole)

    def height(total: Decimal) -> float:
        return BASE - float(total / most) * (BASE - TOP)

    path = [f"M0 {BASE}"]
    for day, total in steps:
        path.append(f"H{_x(day, first, whole):.1f}V{height(total):.1f}")
    path.append(f"H{now_x:.1f}")
    end = height(steps[-1][1]) if steps else float(BASE)
    lines = format_html_join(
        "",
        '<path class="l-grid" d="M0 {}H{}"/>',
        ((f"{BASE - at * (BASE - TOP) / GRID_LINES:.1f}", WIDTH) for at in range(GRID_LINES + 1)),
    )
    goal = ""
    if target is not None:
        level = f"{height(target[0]):.1f}"
        text_y = f"{height(target[0]) - 6:.1f}"
        mark = '<path class="l-target" d="M0 {}H{}"/><text x="0" y="{}">{}</text>'
        goal = format_html(mark, level, WIDTH, text_y, target[1])
    label_x = min(max(now_x, 56), WIDTH - 62)
    return format_html(
        '<svg class="chart" viewBox="0 0 {w} 116" role="img" aria-label="{name}">{lines}{goal}'
        '<path class="l1" d="{path}"/><circle class="c1" cx="{x}" cy="{y}" r="3.5"/><text x="0" y="112">{a}</text>'
        '<text x="{lx}" y="112" text-anchor="middle">{b}</text>'
        '<text x="{w}" y="112" text-anchor="end">{c}</text></svg>',
        w=WIDTH,
        name=name,
        lines=lines,
        goal=goal,
        path="".join(path),
        x=f"{now_x:.1f}",
        y=f"{end:.1f}",
        lx=f"{label_x:.1f}",
        a=first_word,
        b=today_word,
        c=last_word,
    )


def _x(day: date, first: date, whole: int) -> float:
    return min(max((day - first).days / whole, 0.0), 1.0) * WIDTH


def target_bar(reached: Decimal, coming: Decimal, gone: Decimal) -> SafeString:
    """A bar of what is reached of a target and what would be added, with a mark where the period stands.

    :param reached, coming, gone: shares of the target and of the period; 1 is all.
    """
    done = min(max(float(reached), 0.0), 1.0) * BAR
    soon = min(max(float(coming), 0.0) * BAR, BAR - done)
    now = min(max(float(gone), 0.0), 1.0) * BAR
    return format_html(
        '<svg class="target-meter" viewBox="0 0 {w} 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rest" y="2" width="{w}" height="8"/><rect class="part" y="2" width="{done}" height="8"/>'
        '<rect class="soon" x="{done}" y="2" width="{soon}" height="8"/>'
        '<rect class="now" x="{now}" width="2" height="12"/>'
        "</svg>",
        w=BAR,
        done=f"{done:.1f}",
        soon=f"{soon:.1f}",
        now=f"{min(now, BAR - 2):.1f}",
    )
