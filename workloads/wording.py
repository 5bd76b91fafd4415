"""How measurements are said to people; the screens, the verdicts and the command line share it."""


def seconds(value: float) -> str:
    """A duration for people: `0.012 s`, `5.2 s`, `12.6 s`, `2 min 05 s`."""
    if value < 0.1:
        return f"{value:.3f} s"
    if value < 10:
        return f"{value:.2f} s"
    if value < 120:
        return f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60):02d} s"
