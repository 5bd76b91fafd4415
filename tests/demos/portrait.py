"""A portrait alone, another picture every second: `python -m tests.demos.portrait`."""

from tests.fabricate import demo
from tests.fabricate_images import fabricated_images, folded
from tui.widgets.images.portrait import Portrait

if __name__ == "__main__":
    fold, portrait = folded(fabricated_images(failures=[5])), Portrait()
    demo(portrait, lambda now: portrait.update(fold.picture(int(now) % 24), "ray"))
