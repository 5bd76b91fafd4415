"""One invented picture after the other, each for a second."""

from tests.demos import Demo
from tests.fabricate_images import fabricated_images, folded
from tui.widgets.images.portrait import Portrait, PortraitView


def demo() -> Demo:
    fold, portrait = folded(fabricated_images(failures=[5])), Portrait()
    return Demo(
        portrait, lambda now: portrait.update(PortraitView(fold.picture(int(now) % 24), "ray"))
    )


if __name__ == "__main__":
    demo().play()
