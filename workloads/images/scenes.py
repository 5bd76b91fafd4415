"""Pictures that the program paints itself, so that the image workload needs neither files nor a network.

Four families (mountains, fractals, nebulae, seas) and a number give a picture; the same number gives the
same picture. They are painted at half their size and enlarged, then given grain, so that they hold as much
detail and compress about as badly as photographs of 12 megapixels.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 4000, 3000
COUNT = 60

Plane = NDArray[np.float32]
RGB = tuple[float, float, float]


def paint(number: int, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Picture `number` (from 0) as an RGB image of width × height pixels."""
    generator = np.random.default_rng([1985, number])
    family = (_mountains, _fractal, _nebula, _sea)[number % 4]
    small = family(generator, width // 2, height // 2)
    picture = Image.fromarray((np.clip(small, 0, 1) * 255).astype(np.uint8))
    large = np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC), np.int16)
    grain = generator.integers(-7, 8, (height, width, 1), np.int16)
    return Image.fromarray(np.clip(large + grain, 0, 255).astype(np.uint8))


def _noise(generator: np.random.Generator, width: int, height: int, roughness: float) -> Plane:
    """Fractal noise of zero mean and unit deviation, (height, width): spectrum falls as f^-roughness."""
    fy, fx = np.fft.fftfreq(height)[:, None] * height, np.fft.rfftfreq(width)[None, :] * width
    power = np.hypot(fx, fy)
    power[0, 0] = 1
    spectrum = (generator.standard_normal(power.shape) + 1j * generator.standard_normal(power.shape)) / power**roughness
    spectrum[0, 0] = 0
    plane = np.fft.irfft2(spectrum, (height, width))
    return np.asarray(plane / plane.std(), np.float32)


def _ramp(at: Plane, *stops: RGB) -> Plane:
    """Colours between the stops at positions 0…1: (…, 3)."""
    places = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(at, places, [stop[c] for stop in stops]) for c in range(3)], -1).astype(np.float32)


def _grid(width: int, height: int) -> tuple[Plane, Plane]:
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    return x, y


SKIES: tuple[tuple[RGB, RGB, RGB], ...] = (
    ((0.13, 0.20, 0.42), (0.93, 0.55, 0.36), (1.00, 0.86, 0.62)),
    ((0.10, 0.32, 0.60), (0.55, 0.76, 0.90), (0.95, 0.95, 0.90)),
    ((0.16, 0.09, 0.28), (0.70, 0.26, 0.42), (1.00, 0.66, 0.42)),
    ((0.04, 0.12, 0.20), (0.16, 0.42, 0.50), (0.75, 0.88, 0.78)),
)


def _mountains(generator: np.random.Generator, width: int, height: int) -> Plane:
    x, y = _grid(width, height)
    sky = SKIES[int(generator.integers(len(SKIES)))]
    canvas = _ramp(np.broadcast_to(np.clip(y * 1.5, 0, 1), (height, width)), *sky)
    clouds = np.clip(_noise(generator, width, height, 1.7) * 0.5 - 0.1, 0, 1) * np.clip(1 - y * 1.8, 0, 1)
    canvas += (1 - canvas) * (clouds * 0.8)[..., None]
    sun_x, sun_y = generator.uniform(0.2, 0.8), generator.uniform(0.18, 0.36)
    distance = np.hypot((x - sun_x) * width / height, y - sun_y)
    glow = np.exp(-distance * 7) * 0.6 + (distance < 0.045)
    canvas += np.clip(glow, 0, 1)[..., None] * np.array([1, 0.9, 0.7], np.float32)
    near = np.array([generator.uniform(0.02, 0.12), generator.uniform(0.05, 0.16), generator.uniform(0.08, 0.16)])
    texture = _noise(generator, width, height, 1.2)
    layers = 6
    for layer in range(layers):
        depth = layer / (layers - 1)
        ridge = _noise(generator, width, 8, 1.6 + 0.1 * layer)[0]
        line = 0.38 + 0.11 * layer + ridge * (0.07 - 0.007 * layer)
        below = y > line[None, :]
        slope = np.gradient(ridge) * width * 0.004
        light = 1 + 0.25 * np.clip(slope[None, :], -1, 1) + 0.10 * (0.3 + depth) * texture
        colour = np.array(sky[2]) * (1 - depth) * 0.75 + near * (0.4 + depth)
        haze = np.clip((y - line[None, :]) * 2.2, 0, 0.5) * (1 - depth)
        shade = colour * light[..., None] + haze[..., None] * np.array(sky[2])
        canvas = np.where(below[..., None], shade, canvas)
    return np.asarray(canvas, np.float32)


JULIAS = (-0.8 + 0.156j, -0.4 + 0.6j, 0.285 + 0.01j, -0.70176 - 0.3842j, -0.835 - 0.2321j, 0.355 + 0.355j)
INKS: tuple[tuple[RGB, ...], ...] = (
    ((0.02, 0.03, 0.12), (0.10, 0.30, 0.62), (0.55, 0.85, 0.95), (1.0, 0.92, 0.62), (0.62, 0.20, 0.08)),
    ((0.05, 0.01, 0.10), (0.45, 0.05, 0.40), (0.95, 0.40, 0.30), (1.0, 0.85, 0.45), (0.99, 0.98, 0.85)),
    ((0.00, 0.06, 0.05), (0.02, 0.35, 0.30), (0.45, 0.75, 0.40), (0.95, 0.92, 0.60), (0.30, 0.10, 0.25)),
)


def _fractal(generator: np.random.Generator, width: int, height: int) -> Plane:
    """A Julia set, coloured by the smoothed escape time (potential) of each point."""
    x, y = _grid(width, height)
    turn = np.exp(1j * generator.uniform(0, 2 * np.pi))
    span = generator.uniform(1.1, 1.7)
    z = (((x - 0.5) * 2 * width / height + (y - 0.5) * 2j) * span * turn).astype(np.complex64).ravel()
    c = np.complex64(JULIAS[int(generator.integers(len(JULIAS)))] + generator.normal(0, 0.004))
    escape = np.zeros(z.size, np.float32)
    alive = np.arange(z.size)
    for step in range(1, 121):
        z = z * z + c
        size = np.abs(z)
        out = size > 16
        escape[alive[out]] = step + 1 - np.log2(np.log2(size[out]))
        z, alive = z[~out], alive[~out]
    at = np.sqrt(np.clip(escape, 0, 120) / 120).reshape(height, width)
    waves = 0.5 - 0.5 * np.cos(at * np.pi * generator.uniform(3, 6))
    return _ramp(np.asarray(waves, np.float32), *INKS[int(generator.integers(len(INKS)))])


def _nebula(generator: np.random.Generator, width: int, height: int) -> Plane:
    base, veil, dust = (_noise(generator, width, height, r) for r in (1.9, 1.6, 1.3))
    warm, cold = generator.uniform(0.2, 1, 3), generator.uniform(0.1, 0.9, 3)
    gas = np.clip(base * 0.28 + 0.3, 0, 1)[..., None] ** 1.6 * warm
    gas = gas + np.clip(veil * 0.3 + 0.15, 0, 1)[..., None] ** 2 * cold
    gas *= np.clip(1.0 - 0.55 * np.clip(dust, 0, 2), 0.05, 1)[..., None]
    stars = generator.random((height, width), np.float32)
    bright = np.clip((stars - 0.9975) * 400, 0, 1) ** 2
    near = np.maximum(bright, 0.6 * np.roll(bright, 1, 0) + 0.6 * np.roll(bright, 1, 1))
    return np.asarray(gas * 0.9 + near[..., None] + 0.015, np.float32)


def _sea(generator: np.random.Generator, width: int, height: int) -> Plane:
    x, y = _grid(width, height)
    sky = SKIES[int(generator.integers(len(SKIES)))]
    horizon = generator.uniform(0.35, 0.5)
    canvas = _ramp(np.broadcast_to(np.clip(y / horizon, 0, 1), (height, width)), *sky)
    clouds = np.clip(_noise(generator, width, height, 1.8) * 0.45, 0, 1) * np.clip((horizon - y) * 5, 0, 1)
    canvas += (1 - canvas) * (clouds * 0.75)[..., None]
    depth = np.clip((y - horizon) / (1 - horizon), 1e-3, 1)
    phase = np.log(depth + 0.02) * generator.uniform(60, 110)
    swell = _noise(generator, width, height, 1.5)
    waves = np.sin(phase + swell * (1.5 + 2.5 * depth) + x * 4)
    path = np.exp(-(((x - generator.uniform(0.3, 0.7)) / (0.05 + 0.25 * depth)) ** 2))
    water = np.array(sky[0]) * 0.7 + np.array(sky[1]) * 0.25 * (1 - depth)[..., None]
    water = water + (np.clip(waves, 0, 1) ** 3 * (0.12 + 0.75 * path))[..., None] * np.array(sky[2])
    return np.asarray(np.where((y > horizon)[..., None], water, canvas), np.float32)
