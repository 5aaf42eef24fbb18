"""The drawn face of an account without a picture: a stone arch, the same for the same account, as SVG and as PNG.

Twenty-four variants: six stones by four arches. An account's is `(id >> 16) % 24`, on the web and in apps alike.
"""

from __future__ import annotations

import io
from functools import lru_cache

VARIANTS = 24
# wall, arch, opening: limestone, sandstone, slate, terracotta, moss, dusk
STONES = (
    ("#ddd3c2", "#b9a98f", "#4b4335"),
    ("#e6cfa5", "#c39f62", "#59431d"),
    ("#c5ced8", "#8b9bad", "#2c3947"),
    ("#e4c0ae", "#bd8467", "#552d1d"),
    ("#cbd2bd", "#94a17d", "#353f27"),
    ("#cfc8df", "#958bb5", "#35304f"),
)


def arches(variant: int) -> list[tuple[int, int, int, int, int]]:
    """Return the variant's arches as (left, top, width, tone, sun): the drawing is 48 by 48, arches stand on 48.

    tone: 1 the arch's stone, 2 its opening, 0 the wall again. sun: 1 for a disc instead of an arch.
    """
    shape = variant // len(STONES) % 4
    if shape == 0:  # one deep portal
        return [(7, 10, 34, 1, 0), (12, 16, 24, 0, 0), (17, 23, 14, 2, 0)]
    if shape == 1:  # two bays
        return [(5, 17, 17, 1, 0), (9, 22, 9, 2, 0), (26, 17, 17, 1, 0), (30, 22, 9, 2, 0), (21, 6, 6, 1, 1)]
    if shape == 2:  # a doorway with the sun in it
        return [(9, 9, 30, 2, 0), (17, 20, 14, 0, 1)]
    return [(3, 24, 12, 1, 0), (16, 11, 16, 1, 0), (20, 17, 8, 2, 0), (33, 24, 12, 1, 0)]  # a nave and two aisles


def variant_of(account_id: int) -> int:
    """Return which drawing an account has: by the millisecond of its id, whose low bits hardly vary."""
    return (account_id >> 16) % VARIANTS


def svg(account_id: int) -> str:
    """Return the face as SVG markup, without a size of its own."""
    return _svg(variant_of(account_id))


@lru_cache(maxsize=VARIANTS)
def _svg(variant: int) -> str:
    tones = STONES[variant % len(STONES)]
    parts = [f'<rect width="48" height="48" fill="{tones[0]}"/>']
    for left, top, width, tone, sun in arches(variant):
        half = width / 2
        if sun:
            parts.append(f'<circle cx="{left + half:g}" cy="{top + half:g}" r="{half:g}" fill="{tones[tone]}"/>')
        else:
            parts.append(f'<path d="M{left} 48V{top + half:g}a{half:g} {half:g} 0 0 1 {width} 0V48z" fill="{tones[tone]}"/>')
    return f'<svg viewBox="0 0 48 48" preserveAspectRatio="xMidYMid slice" aria-hidden="true">{"".join(parts)}</svg>'


@lru_cache(maxsize=VARIANTS)
def png(variant: int, size: int = 240) -> bytes:
    """Return the face as a PNG for apps, drawn four times larger and reduced."""
    from PIL import Image, ImageDraw

    tones = STONES[variant % len(STONES)]
    scale = size * 4 / 48
    image = Image.new("RGB", (size * 4, size * 4), tones[0])
    pen = ImageDraw.Draw(image)
    for left, top, width, tone, sun in arches(variant):
        box = [left * scale, top * scale, (left + width) * scale, (top + width) * scale]
        pen.ellipse(box, fill=tones[tone])
        if not sun:
            pen.rectangle([left * scale, (top + width / 2) * scale, (left + width) * scale, size * 4], fill=tones[tone])
    out = io.BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


@lru_cache(maxsize=1)
def header_png() -> bytes:
    """Return the banner of an account without one, for apps: an arcade in limestone, 1500 by 500."""
    from PIL import Image, ImageDraw

    wall, stone, _ = STONES[0]
    image = Image.new("RGB", (3000, 1000), wall)
    pen = ImageDraw.Draw(image)
    for left in range(-125, 3000, 250):
        pen.ellipse([left + 35, 400, left + 215, 580], fill=stone)
        pen.rectangle([left + 35, 490, left + 215, 1000], fill=stone)
    out = io.BytesIO()
    image.resize((1500, 500), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


def banner_svg(account_id: int) -> str:
    """Return the drawn banner of an account on the web: an arcade in the stone of its face."""
    wall, stone, opening = STONES[variant_of(account_id) % len(STONES)]
    bays = "".join(
        f'<path d="M{x} 40V22a7 7 0 0 1 14 0v18z" fill="{stone}"/>'
        f'<path d="M{x + 3.5} 40V23a3.5 3.5 0 0 1 7 0v17z" fill="{opening}" opacity=".55"/>'
        for x in range(2, 120, 20)
    )
    return (
        f'<svg viewBox="0 0 120 40" preserveAspectRatio="xMidYMax slice" aria-hidden="true"><rect width="120" height="40" fill="{wall}"/>'
        f'<path d="M0 10h120" stroke="{stone}" stroke-width=".4"/><path d="M0 12h120" stroke="{stone}" stroke-width="1"/>{bays}</svg>'
    )
