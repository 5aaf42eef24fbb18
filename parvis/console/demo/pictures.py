"""Pictures for the demo, drawn by the program: the same on every machine, nobody's copyright."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
SCALE = 2  # drawn twice as large, then reduced, so that edges are smooth


def _mix(a: Colour, b: Colour, t: float) -> Colour:
    return tuple(round(x + (y - x) * t) for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


def _sky(image: Image.Image, top: Colour, bottom: Colour, height: float = 1.0) -> None:
    draw = ImageDraw.Draw(image)
    last = int(image.height * height)
    for y in range(last):
        draw.line([(0, y), (image.width, y)], fill=_mix(top, bottom, y / max(1, last)))


def _ridge(rng: random.Random, width: int, base: float, rough: float) -> list[tuple[float, float]]:
    """Return a line of hills from left to right, as points around a base height."""
    waves = [(rng.uniform(0.5, 3.5), rng.uniform(0, math.tau), rough / (i + 1)) for i in range(4)]
    return [(x, base + sum(a * math.sin(f * math.tau * x / width + p) for f, p, a in waves)) for x in range(0, width + 8, 8)]


def hills(image: Image.Image, rng: random.Random) -> None:
    """Hills behind hills, and a low sun."""
    w, h = image.size
    _sky(image, (246, 226, 198), (250, 240, 224))
    draw = ImageDraw.Draw(image)
    x, y, r = rng.uniform(0.2, 0.8) * w, 0.32 * h, 0.07 * h
    draw.ellipse([x - r, y - r, x + r, y + r], fill=(240, 178, 106))
    for i in range(5):
        points = _ridge(rng, w, h * (0.42 + 0.12 * i), h * 0.06)
        draw.polygon([*points, (w, h), (0, h)], fill=_mix((176, 186, 196), (43, 66, 74), i / 4))


def canal(image: Image.Image, rng: random.Random) -> None:
    """Houses along a canal, and their reflection."""
    w, h = image.size
    middle = int(h * 0.58)
    _sky(image, (206, 222, 232), (240, 236, 226), 0.58)
    draw = ImageDraw.Draw(image)
    x = -20.0
    colours = [(196, 118, 90), (222, 186, 140), (150, 160, 150), (214, 204, 190), (120, 84, 74), (180, 150, 120)]
    while x < w:
        width, tall = rng.uniform(0.07, 0.12) * w, rng.uniform(0.22, 0.38) * h
        wall = rng.choice(colours)
        draw.rectangle([x, middle - tall, x + width, middle], fill=wall)
        roof = [(x, middle - tall), (x + width / 2, middle - tall - 0.07 * h), (x + width, middle - tall)]
        draw.polygon(roof, fill=_mix(wall, (60, 50, 50), 0.5))
        for row in range(3):
            for column in range(2):
                left, top = x + width * (0.2 + 0.4 * column), middle - tall * (0.85 - 0.28 * row)
                lit = rng.random() < 0.25
                draw.rectangle([left, top, left + width * 0.2, top + tall * 0.14], fill=(250, 222, 150) if lit else (70, 76, 84))
        x += width
    mirror = image.crop((0, middle - int(h * 0.42), w, middle)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = Image.blend(mirror.filter(ImageFilter.GaussianBlur(7)), Image.new("RGB", mirror.size, (84, 112, 122)), 0.45)
    image.paste(mirror, (0, middle))
    for _ in range(40):
        y = rng.randint(middle + 6, h)
        start = rng.randint(0, w)
        draw.line([(start, y), (start + rng.randint(20, 140), y)], fill=(190, 204, 204), width=2)


def market(image: Image.Image, rng: random.Random) -> None:
    """Striped awnings over crates of fruit."""
    w, h = image.size
    _sky(image, (232, 236, 232), (246, 240, 228))
    draw = ImageDraw.Draw(image)
    stripes = [(38, 70, 120), (176, 64, 50), (60, 110, 84)]
    for i in range(3):
        left, right = w * i / 3 + 14, w * (i + 1) / 3 - 14
        top, drop = h * 0.22, h * 0.16
        for s in range(8):
            a, b = left + (right - left) * s / 8, left + (right - left) * (s + 1) / 8
            fill = stripes[i] if s % 2 == 0 else (250, 246, 238)
            draw.rectangle([a, top, b, top + drop], fill=fill)
            draw.pieslice([a, top + drop - (b - a) / 2, b, top + drop + (b - a) / 2], 0, 180, fill=fill)
        draw.rectangle([left + 4, top + drop, left + 12, h * 0.9], fill=(120, 100, 84))
        draw.rectangle([right - 12, top + drop, right - 4, h * 0.9], fill=(120, 100, 84))
        fruit = rng.choice([(200, 50, 50), (230, 150, 40), (110, 150, 60), (120, 60, 110)])
        for row in range(3):
            y = h * (0.62 + 0.1 * row)
            draw.rectangle([left + 20, y, right - 20, y + h * 0.085], fill=(168, 132, 92))
            r = h * 0.028
            for n in range(9):
                x = left + 34 + (right - left - 68) * n / 8
                draw.ellipse([x - r, y - r, x + r, y + r], fill=_mix(fruit, (255, 240, 220), rng.uniform(0, 0.3)))


def arches(image: Image.Image, rng: random.Random) -> None:
    """A colonnade of pale stone in the morning."""
    w, h = image.size
    _sky(image, (222, 226, 230), (250, 244, 234))
    draw = ImageDraw.Draw(image)
    stone, shade = (226, 214, 194), (140, 128, 116)
    draw.rectangle([0, h * 0.24, w, h * 0.86], fill=stone)
    count = rng.choice([4, 5])
    for i in range(count):
        a, b = w * (i + 0.18) / count, w * (i + 0.82) / count
        r = (b - a) / 2
        top = h * 0.4
        draw.rectangle([a, top + r, b, h * 0.86], fill=shade)
        draw.pieslice([a, top, b, top + 2 * r], 180, 360, fill=shade)
        inside = [(b, h * 0.86), (b, top + r), (b - r * 0.6, top + r * 0.6), (b - r * 0.6, h * 0.86)]
        draw.polygon(inside, fill=_mix(shade, (80, 76, 76), 0.5))
    draw.rectangle([0, h * 0.86, w, h], fill=(204, 192, 172))
    for i in range(14):
        draw.line([(w * i / 13, h * 0.86), (w * (i * 1.6 - 4) / 13, h)], fill=(186, 174, 156), width=3)
    draw.rectangle([0, h * 0.22, w, h * 0.25], fill=_mix(stone, (120, 110, 100), 0.25))


def loaf(image: Image.Image, rng: random.Random) -> None:
    """A loaf of bread on a board."""
    w, h = image.size
    image.paste((236, 230, 220), (0, 0, w, h))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle([w * 0.1, h * 0.3, w * 0.9, h * 0.82], 40, fill=(176, 140, 100))
    for i in range(9):
        y = h * (0.33 + 0.055 * i)
        draw.line([(w * 0.12, y), (w * 0.88, y + rng.uniform(-6, 6))], fill=(164, 128, 90), width=3)
    for step in range(24):
        t = step / 23
        crust = [w * (0.22 + 0.05 * t), h * (0.3 + 0.06 * t), w * (0.78 - 0.05 * t), h * (0.74 - 0.08 * t)]
        draw.ellipse(crust, fill=_mix((120, 70, 34), (206, 146, 84), t))
    for i in range(4):
        x = w * (0.34 + 0.1 * i)
        draw.arc([x - 40, h * 0.34, x + 90, h * 0.66], 120, 240, fill=(246, 230, 200), width=14)


def garden(image: Image.Image, rng: random.Random) -> None:
    """Rows of green under a wide sky."""
    w, h = image.size
    _sky(image, (196, 218, 232), (240, 242, 236), 0.5)
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, h * 0.48, w, h], fill=(124, 92, 66))
    for row in range(9):
        x0, x1 = w * (0.38 + 0.03 * row), w * (-0.6 + 0.27 * row)
        draw.polygon([(x0, h * 0.5), (x0 + 10, h * 0.5), (x1 + 130, h), (x1, h)], fill=_mix((72, 112, 62), (120, 160, 84), rng.random()))
        for n in range(12):
            t = (n + rng.random()) / 12
            x, y, r = x0 + (x1 + 60 - x0) * t, h * (0.5 + 0.5 * t), 5 + 26 * t
            draw.ellipse([x - r, y - r * 0.7, x + r, y + r * 0.7], fill=_mix((86, 130, 66), (150, 186, 96), rng.random()))
    draw.polygon([*_ridge(rng, w, h * 0.46, h * 0.02), (w, h * 0.52), (0, h * 0.52)], fill=(88, 108, 96))


def night(image: Image.Image, rng: random.Random) -> None:
    """A night over roofs, with a moon."""
    w, h = image.size
    _sky(image, (18, 26, 52), (58, 70, 104))
    draw = ImageDraw.Draw(image)
    for _ in range(140):
        x, y, r = rng.uniform(0, w), rng.uniform(0, h * 0.7), rng.uniform(1, 3)
        draw.ellipse([x - r, y - r, x + r, y + r], fill=_mix((120, 130, 160), (250, 246, 230), rng.random()))
    draw.ellipse([w * 0.68, h * 0.14, w * 0.68 + h * 0.16, h * 0.3], fill=(244, 236, 214))
    draw.ellipse([w * 0.66, h * 0.12, w * 0.66 + h * 0.16, h * 0.28], fill=(26, 34, 62))
    x = -10.0
    while x < w:
        width, tall = rng.uniform(0.06, 0.12) * w, rng.uniform(0.12, 0.28) * h
        roof = (x + width / 2, h - tall - 0.06 * h)
        draw.polygon([(x, h), (x, h - tall), roof, (x + width, h - tall), (x + width, h)], fill=(16, 20, 36))
        if rng.random() < 0.6:
            draw.rectangle([x + width * 0.4, h - tall * 0.7, x + width * 0.55, h - tall * 0.5], fill=(246, 206, 120))
        x += width


def chart(image: Image.Image, rng: random.Random) -> None:
    """An old map: coast, contour lines, a compass."""
    w, h = image.size
    image.paste((238, 226, 200), (0, 0, w, h))
    draw = ImageDraw.Draw(image)
    for i in range(12):
        points = _ridge(rng, w, h * (0.12 + 0.075 * i), h * 0.05)
        draw.line(points, fill=_mix((176, 148, 108), (206, 184, 146), rng.random()), width=3)
    coast = _ridge(rng, w, h * 0.7, h * 0.1)
    draw.polygon([*coast, (w, h), (0, h)], fill=(176, 200, 198))
    draw.line(coast, fill=(110, 92, 70), width=6)
    cx, cy, r = w * 0.83, h * 0.24, h * 0.12
    for k in range(8):
        angle = math.tau * k / 8
        length = r if k % 2 == 0 else r * 0.6
        tip = (cx + length * math.sin(angle), cy - length * math.cos(angle))
        side = (cx + r * 0.14 * math.sin(angle + 1.3), cy - r * 0.14 * math.cos(angle + 1.3))
        draw.polygon([(cx, cy), side, tip], fill=(120, 60, 48) if k % 2 == 0 else (90, 84, 74))


SCENES: dict[str, Callable[[Image.Image, random.Random], None]] = {
    "hills": hills, "canal": canal, "market": market, "arches": arches, "loaf": loaf, "garden": garden, "night": night, "chart": chart,
}  # fmt: skip


def picture(scene: str, *, width: int = 1200, height: int = 800, seed: int = 1) -> bytes:
    """Return a scene as JPEG bytes; the same seed gives the same picture."""
    image = Image.new("RGB", (width * SCALE, height * SCALE))
    SCENES[scene](image, random.Random(f"{scene}-{seed}"))
    out = io.BytesIO()
    image.reduce(SCALE).save(out, "JPEG", quality=86)
    return out.getvalue()


def face(seed: int, *, size: int = 400) -> bytes:
    """Return a face for a profile: a figure under an arch, in quiet colours."""
    rng = random.Random(f"face-{seed}")
    grounds = [(226, 206, 182), (196, 210, 214), (214, 200, 214), (206, 216, 190), (232, 212, 200), (198, 204, 224)]
    skins = [(246, 218, 190), (222, 180, 142), (176, 124, 88), (128, 84, 58), (92, 60, 44)]
    hairs = [(44, 34, 30), (96, 64, 40), (170, 120, 70), (200, 196, 190), (126, 48, 36)]
    coats = [(38, 70, 120), (150, 74, 52), (64, 100, 80), (92, 74, 110), (176, 134, 62), (70, 74, 84)]
    side = size * SCALE
    image = Image.new("RGB", (side, side), rng.choice(grounds))
    draw = ImageDraw.Draw(image)
    wall = _mix(image.getpixel((0, 0)), (255, 252, 246), 0.45)  # type: ignore[arg-type]
    draw.pieslice([side * 0.1, side * 0.08, side * 0.9, side * 0.88], 180, 360, fill=wall)
    draw.rectangle([side * 0.1, side * 0.48, side * 0.9, side], fill=wall)
    skin, hair, coat = rng.choice(skins), rng.choice(hairs), rng.choice(coats)
    long_hair = rng.random() < 0.5
    if long_hair:
        draw.rounded_rectangle([side * 0.31, side * 0.26, side * 0.69, side * 0.74], int(side * 0.18), fill=hair)
    draw.pieslice([side * 0.18, side * 0.66, side * 0.82, side * 1.36], 180, 360, fill=coat)
    draw.rectangle([side * 0.44, side * 0.56, side * 0.56, side * 0.72], fill=_mix(skin, (90, 60, 50), 0.18))
    draw.ellipse([side * 0.35, side * 0.28, side * 0.65, side * 0.64], fill=skin)
    draw.pieslice([side * 0.34, side * 0.24, side * 0.66, side * 0.6], 180, 360, fill=hair)
    if rng.random() < 0.4:
        for x in (0.43, 0.57):
            draw.ellipse([side * (x - 0.055), side * 0.43, side * (x + 0.055), side * 0.52], outline=(50, 46, 46), width=int(side * 0.008))
    else:
        for x in (0.44, 0.56):
            draw.ellipse([side * (x - 0.013), side * 0.46, side * (x + 0.013), side * 0.49], fill=(44, 36, 34))
    draw.arc([side * 0.44, side * 0.5, side * 0.56, side * 0.58], 20, 160, fill=_mix(skin, (120, 40, 40), 0.5), width=int(side * 0.009))
    out = io.BytesIO()
    image.reduce(SCALE).save(out, "JPEG", quality=88)
    return out.getvalue()


def emblem(letters: str, colour: Colour, *, size: int = 400) -> bytes:
    """Return an organisation's emblem: an arch in its colour with up to two letters under it, drawn as strokes."""
    side = size * SCALE
    image = Image.new("RGB", (side, side), colour)
    draw = ImageDraw.Draw(image)
    light = _mix(colour, (255, 255, 255), 0.86)
    for i, inset in enumerate((0.2, 0.3, 0.4)):
        shade = _mix(colour, light, 1 - 0.34 * i)
        wide = 1 - 2 * inset
        draw.pieslice([side * inset, side * inset, side * (1 - inset), side * (inset + wide)], 180, 360, fill=shade)
        draw.rectangle([side * inset, side * (inset + wide / 2), side * (1 - inset), side * 0.8], fill=shade)
    count = max(1, len(letters))
    for i in range(count):
        x = side * (0.5 + (i - (count - 1) / 2) * 0.08)
        draw.ellipse([x - side * 0.02, side * 0.88, x + side * 0.02, side * 0.92], fill=light)
    out = io.BytesIO()
    image.reduce(SCALE).save(out, "JPEG", quality=90)
    return out.getvalue()
