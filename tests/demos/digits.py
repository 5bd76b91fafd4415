"""The large digits in their three sizes, printed."""

from rich.console import Console

from tui.drawing.digits import big
from tui.drawing.page import Page
from tui.drawing.themes import DARK


def demo() -> None:
    for size in (4, 7, 11):
        for line in big("3.14159 ±×?%", "#ffffff", Page(240, size, DARK)):
            Console(width=240).print(*(part.text for part in line), sep="")


if __name__ == "__main__":
    demo()
