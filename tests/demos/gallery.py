"""A gallery alone: `python -m tests.demos.gallery [SECONDS TO BEGIN AT] [THEME]`."""

from tests.fabricate import demo
from tests.fabricate_images import fabricated_images, folded
from tui.widgets.images.gallery import Gallery

if __name__ == "__main__":
    fold, gallery = folded(fabricated_images(failures=[5])), Gallery()
    demo(gallery, lambda now: gallery.update(fold, now, "ray", selected=3, total=24))
