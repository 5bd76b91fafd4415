"""Paints pictures, so that the image workload needs neither files nor a network; `painted` keeps
them in files.

Four families (mountains, fractals, nebulae, seas) and a number give a picture; the same number
gives the same picture. They are painted at half their size and enlarged, then given grain, so that
they hold as much detail and compress about as badly as photographs of 12 megapixels. All is
float32: it takes half the time, and no eye sees the difference.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.float32]
RGB = tuple[float, float, float]

GRAIN = 7
"""The grain of a picture, in grey levels of 255 up or down."""


def paint(number: int, width: int, height: int) -> Image.Image:
    """Picture `number` (from 0) as an RGB image of width × height pixels (at least 16 each)."""
    generator = np.random.default_rng([1985, number])
    family = (_mountains, _fractal, _nebula, _sea)[number % 4]
    small = family(generator, number // 4, width // 2, height // 2)
    np.clip(small, 0, 1, out=small)
    small *= 255
    picture = Image.fromarray(small.astype(np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    large = np.array(picture)
    grain = generator.integers(-GRAIN, GRAIN + 1, (height, width, 1), np.int8)
    # Room for the grain at both ends: then bytes can be added as they are, and none runs over.
    np.clip(large, GRAIN, 255 - GRAIN, out=large)
    large += grain.view(np.uint8)
    return Image.fromarray(large)


def _noise(generator: np.random.Generator, width: int, height: int, roughness: float) -> Plane:
    """Fractal noise of zero mean and unit deviation, (height, width): spectrum falls as
    f^-roughness.
    """
    fy = np.fft.fftfreq(height, 1 / height).astype(np.float32)[:, None]
    fx = np.fft.rfftfreq(width, 1 / width).astype(np.float32)[None, :]
    square = fx * fx + fy * fy
    square[0, 0] = np.inf
    spectrum = generator.standard_normal((*square.shape, 2), np.float32).view(np.complex64)[..., 0]
    spectrum *= square ** np.float32(-roughness / 2)
    plane = np.asarray(np.fft.irfft2(spectrum, (height, width)), np.float32)
    plane /= plane.std()
    return plane


def _ramp(at: Plane, *stops: RGB) -> Plane:
    """Colours between the stops at positions 0…1: (…, 3)."""
    fine, places = np.linspace(0, 1, 2048), np.linspace(0, 1, len(stops))
    table = np.stack(
        [np.interp(fine, places, [stop[c] for stop in stops]) for c in range(3)], -1
    ).astype(np.float32)
    return np.asarray(table[(np.clip(at, 0, 1) * 2047).astype(np.intp)])


def _grid(width: int, height: int) -> tuple[Plane, Plane]:
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    return x, y


def _vector(*parts: float) -> Plane:
    return np.array(parts, np.float32)


SKIES: tuple[tuple[RGB, RGB, RGB], ...] = (
    ((0.13, 0.20, 0.42), (0.93, 0.55, 0.36), (1.00, 0.86, 0.62)),
    ((0.10, 0.32, 0.60), (0.55, 0.76, 0.90), (0.95, 0.95, 0.90)),
    ((0.16, 0.09, 0.28), (0.70, 0.26, 0.42), (1.00, 0.66, 0.42)),
    ((0.04, 0.12, 0.20), (0.16, 0.42, 0.50), (0.75, 0.88, 0.78)),
)
"""Colours from the zenith down to the horizon."""


def _sky(
    colours: tuple[RGB, RGB, RGB], horizon: float, sun: tuple[float, float], noise: Plane
) -> Plane:
    """A whole canvas of sky, (height, width, 3), with clouds where the noise is high and a sun at
    (x, y).
    """
    height, width = noise.shape
    x, y = _grid(width, height)
    canvas = np.repeat(_ramp(y / np.float32(horizon), *colours), width, 1)
    clouds = np.clip(noise * 0.4 - 0.08, 0, 0.8) * np.clip((1 - y / horizon) * 1.2, 0, 1)
    canvas += (1 - canvas) * clouds[..., None]
    distance = np.hypot((x - np.float32(sun[0])) * (width / height), y - np.float32(sun[1]))
    glow = np.exp(distance * -6) * 0.7
    canvas += (1 - canvas) * glow[..., None] * _vector(1, 0.9, 0.7)
    canvas += np.clip((0.045 - distance) * height + 0.5, 0, 1)[..., None]
    return np.asarray(canvas)


LAYERS = 6


def _mountains(generator: np.random.Generator, turn: int, width: int, height: int) -> Plane:
    """Ridges one behind the other, each paler than the one before it, with mist in the valleys."""
    sky = SKIES[turn % len(SKIES)]
    sun = generator.uniform(0.2, 0.8), generator.uniform(0.18, 0.36)
    canvas = _sky(sky, 0.67, sun, _noise(generator, width, height, 1.7))
    rough = _noise(generator, width, height, 1.8)
    relief = np.diff(rough, axis=1, append=rough[:, :1])
    relief /= relief.std()
    y = _grid(width, height)[1]
    layer = np.full((height, width), -1, np.int8)
    for number in range(LAYERS):
        ridge = _noise(generator, width, 8, 1.6 + 0.1 * number)[0]
        np.copyto(
            layer, np.int8(number), where=y > 0.38 + 0.11 * number + ridge * (0.07 - 0.007 * number)
        )
    ground = slice(int(np.argmax(layer.max(1) >= 0)), height)
    layer = layer[ground]
    depth = np.linspace(0, 1, LAYERS, dtype=np.float32)
    near = _vector(*generator.uniform((0.02, 0.05, 0.08), (0.12, 0.16, 0.16)))
    far = 0.42 * _vector(*sky[1]) + 0.36 * _vector(*sky[2])
    colours = far * (1 - depth[:, None]) + near * (0.4 + depth[:, None])
    light = 1 + (0.05 * relief[ground] + 0.05 * rough[ground]) * (0.3 + depth)[layer]
    shade = colours[layer] * light[..., None]
    # Mist lies level, whatever the ridge above it does.
    mist = np.clip(
        (y[ground] - (0.35 + 0.11 * np.arange(LAYERS, dtype=np.float32))[layer]) * 4, 0, 0.75
    )
    mist *= (1 - depth)[layer]
    shade += (_vector(*sky[2]) - shade) * mist[..., None]
    np.copyto(canvas[ground], shade, where=(layer >= 0)[..., None])
    return canvas


JULIAS = (
    -0.8 + 0.156j,
    -0.4 + 0.6j,
    0.285 + 0.01j,
    -0.70176 - 0.3842j,
    -0.835 - 0.2321j,
    0.355 + 0.355j,
)
INKS: tuple[tuple[RGB, ...], ...] = (
    (
        (0.02, 0.03, 0.12),
        (0.10, 0.30, 0.62),
        (0.55, 0.85, 0.95),
        (1.0, 0.92, 0.62),
        (0.62, 0.20, 0.08),
    ),
    (
        (0.05, 0.01, 0.10),
        (0.45, 0.05, 0.40),
        (0.95, 0.40, 0.30),
        (1.0, 0.85, 0.45),
        (0.99, 0.98, 0.85),
    ),
    (
        (0.00, 0.06, 0.05),
        (0.02, 0.35, 0.30),
        (0.45, 0.75, 0.40),
        (0.95, 0.92, 0.60),
        (0.30, 0.10, 0.25),
    ),
    (
        (0.03, 0.02, 0.10),
        (0.22, 0.12, 0.48),
        (0.30, 0.55, 0.85),
        (0.70, 0.92, 0.80),
        (1.0, 0.98, 0.90),
    ),
)


def _fractal(generator: np.random.Generator, turn: int, width: int, height: int) -> Plane:
    """A Julia set, coloured by the smoothed escape time (potential) of each point."""
    x, y = _grid(width, height)
    direction = np.exp(1j * generator.uniform(0, 2 * np.pi)) * generator.uniform(1.1, 1.7)
    z = (
        (((x - 0.5) * 2 * (width / height) + (y - 0.5) * 2j) * direction)
        .astype(np.complex64)
        .ravel()
    )
    c = np.complex64(JULIAS[turn % len(JULIAS)] + generator.normal(0, 0.004))
    escape = np.zeros(z.size, np.float32)
    alive = np.arange(z.size, dtype=np.int32)
    for step in range(1, 121):
        z = z * z + c
        size = z.real * z.real + z.imag * z.imag
        out = size > 256
        escape[alive[out]] = step + 2 - np.log2(np.log2(size[out]))
        z, alive = z[~out], alive[~out]
    at = np.sqrt(np.clip(escape, 0, 120) / 120).reshape(height, width)
    waves = 0.5 - 0.5 * np.cos(at * (np.pi * generator.uniform(3, 6)))
    return _ramp(np.asarray(waves, np.float32), *INKS[turn % len(INKS)])


GASES: tuple[tuple[RGB, RGB], ...] = (
    ((1.00, 0.32, 0.30), (0.16, 0.42, 0.95)),
    ((0.98, 0.66, 0.26), (0.08, 0.60, 0.66)),
    ((0.95, 0.30, 0.62), (0.34, 0.28, 0.95)),
    ((0.62, 0.90, 0.40), (0.10, 0.34, 0.72)),
    ((1.00, 0.52, 0.22), (0.62, 0.16, 0.62)),
)
"""Warm and cold gas."""


def _nebula(generator: np.random.Generator, turn: int, width: int, height: int) -> Plane:
    """Two gases that glow where they are dense, lanes of dust before them, stars great
    and small.
    """
    base, hue, dust = (_noise(generator, width, height, r) for r in (1.9, 2.0, 1.5))
    warm, cold = GASES[turn % len(GASES)]
    density = np.clip(base * 0.24 + 0.48, 0, 1.2)
    canvas = _ramp(hue * 0.3 + 0.5, cold, warm)
    canvas *= (density**2 * 1.1)[..., None]
    canvas += np.clip(density - 0.6, 0, 1)[..., None] ** 2 * _vector(1.6, 1.5, 1.4)
    canvas *= np.clip(1.0 - 0.5 * np.clip(dust - 0.2, 0, 2), 0.08, 1)[..., None]
    canvas += _vector(0.02, 0.02, 0.04)
    bright = np.clip((generator.random((height, width), np.float32) - 0.998) * 500, 0, 1) ** 3
    bright += 0.6 * np.roll(bright, 1, 0) + 0.6 * np.roll(bright, 1, 1)
    canvas += bright[..., None]
    for _ in range(24):
        _star(canvas, generator.uniform(0, 1, 2), generator.pareto(2.5) + 0.6)
    return canvas


def _star(canvas: Plane, place: NDArray[np.float64], size: float) -> None:
    """Add a star at `place` (y, x in 0…1) with a halo and the four spikes of a
    telescope's mirror.
    """
    height, width = canvas.shape[:2]
    radius = min(size, 3.0) * height / 400
    reach = int(radius * 14) + 2
    row, column = int(place[0] * height), int(place[1] * width)
    rows = slice(max(0, row - reach), min(height, row + reach))
    columns = slice(max(0, column - reach), min(width, column + reach))
    y = (np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - row) / np.float32(radius)
    x = (np.arange(columns.start, columns.stop, dtype=np.float32)[None, :] - column) / np.float32(
        radius
    )
    far = np.hypot(x, y)
    core, halo = np.exp(-far * far), 0.10 * np.exp(far * -0.45)
    spikes = 0.5 * np.exp(far * -0.45) * (np.exp(-((x * 4) ** 2)) + np.exp(-((y * 4) ** 2)))
    canvas[rows, columns] += (core + halo + spikes)[..., None] * _vector(0.95, 0.97, 1.0)


def _sea(generator: np.random.Generator, turn: int, width: int, height: int) -> Plane:
    """A low sun over water, and its path on the waves."""
    x, y = _grid(width, height)
    sky = SKIES[(turn + 1) % len(SKIES)]
    horizon = np.float32(generator.uniform(0.35, 0.5))
    sun = generator.uniform(0.25, 0.75), float(horizon) - generator.uniform(0.02, 0.16)
    canvas = _sky(sky, float(horizon), sun, _noise(generator, width, height, 1.8))
    water = slice(int(horizon * height), height)
    depth = np.clip((y[water] - horizon) / (1 - horizon), 1e-3, 1)
    phase = np.log(depth + 0.02) * np.float32(generator.uniform(60, 110))
    swell = _noise(generator, width, height, 1.7)[water]
    waves = np.sin(phase + swell * (1.5 + 2.5 * depth) + x * 4)
    path = np.exp(-(((x - np.float32(sun[0])) / (0.05 + 0.25 * depth)) ** 2))
    shine = np.clip(waves, 0, 1) ** 3 * (0.12 + 0.75 * path)
    deep = 0.7 * _vector(*sky[0]) + 0.25 * _vector(*sky[1]) * (1 - depth)[..., None]
    canvas[water] = deep + shine[..., None] * _vector(*sky[2])
    return canvas
