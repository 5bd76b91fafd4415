"""The definitions of the figures of sweeps; see `definitions`, which has all."""

from workloads.figures.definition import Definition

IN_WORKERS = "in sweeps over workers"
TRUSTED = "points with unreliable times are left out, and those with"
IN_GRAIN = "in sweeps over task size"

OF_SWEEPS = (
    Definition(
        "Amdahl fit",
        "f and T₁ in T = T₁·(f + (1−f)/p), by least squares of relative errors, T being at the "
        "speed that serial had beside each point; the speedup over one worker can't exceed 1/f",
        "a share of the work, 0 to 1; with a 95% interval",
        f"{IN_WORKERS}, from 4 different numbers of workers on, where the interval is at most 25% "
        f"wide; otherwise with the reason; {TRUSTED} more workers than cores",
        "G. M. Amdahl, AFIPS Spring Joint Computer Conference, 1967; C. Tofallis, Least squares "
        "percentage regression, J. Mod. Appl. Stat. Methods 7(2), 2008",
        ("scaling.amdahl", "scaling.fit_amdahl"),
        ("fit", "fit_missing", "amdahl"),
    ),
    Definition(
        "USL fit",
        "σ (contention), κ (coherency) and T₁ in T = T₁·(1 + σ·(p−1) + κ·p·(p−1))/p; fastest with "
        "√((1−σ)/κ) workers",
        "none; with 95% intervals",
        f"{IN_WORKERS}, from 5 different numbers of workers on, where the interval of σ is at most "
        "25% wide and that of κ excludes 0",
        "N. J. Gunther, Guerrilla Capacity Planning, 2007",
        ("scaling.usl", "scaling.fit_usl"),
        ("usl",),
    ),
    Definition(
        "overhead per task",
        "o, the median of the run times of no-op tasks, divided by their number",
        "seconds",
        IN_GRAIN,
        "calibration before the sweep",
        (),
        ("overhead_s",),
    ),
    Definition(
        "break-even task size",
        "The task size where the measured speedup crosses 1, interpolated between the points on "
        "logarithmic axes; if every point is faster than serial, o·S/(S−1) from the overhead per "
        "task",
        "seconds",
        f"{IN_GRAIN}, for lanes that are clearly faster than serial from some size on; "
        f"{TRUSTED} fewer tasks than workers",
        "n tasks of g seconds take n·g on serial and n·(g/S + o) on the lane",
        ("scaling.break_even",),
        ("break_even", "break_even_from", "break_even_scatter"),
    ),
    Definition(
        "crossover",
        "The size of the data from which on one lane is faster than another: between the largest "
        "size at which the other is clearly faster and the smallest at which the one is, it is "
        "interpolated on logarithmic axes where the ratio of their times is 1. A lane is clearly "
        "faster where the 95% interval of the ratio excludes 1: Student's t of the logarithms of "
        "the ratios in each race",
        "bytes",
        "in sweeps over sizes, from 3 races at each size on; otherwise with the reason",
        "Student's t by M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 1964, "
        "26.7.5",
        ("crossover.crossover", "crossover.interval"),
        ("crossover", "crossover_missing", "interval", "races", "between", "faster", "slower"),
    ),
    Definition(
        "weak-scaling efficiency",
        "T with one worker divided by T with p workers and p times the work, both of the same "
        "lane; at 100% more work takes the same time",
        "percent; in JSON a share",
        "in weak sweeps, where the lane was measured with one worker",
        "J. L. Gustafson, Reevaluating Amdahl's law, CACM 31(5), 1988",
        ("speedup.weak_efficiency",),
        ("weak_efficiency",),
    ),
)
"""In the order in which they are read."""
