"""The gallery of 24 invented pictures, one of which fails."""

from tests.demos import Demo
from tests.fabricate_images import fabricated_images, folded
from tui.widgets.images.gallery import Gallery, GalleryView


def demo() -> Demo:
    fold, gallery = folded(fabricated_images(failures=[5])), Gallery()
    return Demo(
        gallery,
        lambda now: gallery.update(GalleryView(fold, now, "ray", selected=3, total=24)),
    )


if __name__ == "__main__":
    demo().play()
