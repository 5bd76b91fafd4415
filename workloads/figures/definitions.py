"""The definition of every figure, which help and the README show from this one text."""

from workloads.figures.definition import Definition as Definition
from workloads.figures.sweep_definitions import OF_SWEEPS

SYMBOLS = (
    "T is a lane's run time, T₁ serial's; p is the number of workers, S the speedup; total is the "
    "time of all tasks together."
)

GRAMA = "A. Grama et al., Introduction to Parallel Computing, 2003, chapter 5"
WORKERS_TIME = "an account of the workers' time: p·T seconds, each either at work or idle"
WHERE_WATERFALL = "with the waterfall, where it isn't zero"
IN_SAMPLES = "where π is estimated"

DEFINITIONS = (
    Definition(
        "run time",
        "T, the time from the start of a lane's first task to the end of its last result; start-up "
        "and other lanes' slices are not part of it. Over repeated runs, the median",
        "seconds",
        "once the run is over and has a result; until then the elapsed time",
        "the clock of the lane's own process",
        ("history.walls",),
        ("wall_s", "elapsed_s"),
    ),
    Definition(
        "result held back",
        "The time from the end of a lane's first task until its driver has a result in hand; and "
        "the most tasks that ran at the same time",
        "seconds; tasks",
        "where results are taken by ray.get, and the driver's times were recorded",
        "the clocks of the workers and of the lane's own process",
        ("draining.held", "draining.most_running", "draining.drain_cost", "draining.drain_costs"),
    ),
    Definition(
        "start-up",
        "The time an engine needs before it can run its first task, such as the start of Ray and "
        "of its workers",
        "seconds",
        "from the start of the engine on; of a lane that an earlier race left warm, the first "
        "start-up",
        "the clock of the lane's own process",
        ("startup.startup_s",),
        ("startup_s",),
    ),
    Definition(
        "CPU time",
        "Task CPU is the CPU time of all tasks of a lane, lane CPU that of the lane's own process, "
        "which on serial and threads includes the tasks",
        "seconds",
        "once the run is over",
        "the operating system's CPU clocks of threads and processes",
        ("gain.task_totals",),
        ("task_cpu_s", "driver_cpu_s"),
    ),
    Definition(
        "speedup",
        "S = T₁ / T, serial's run time divided by the lane's in the same race; of repeated runs, "
        "their median. If lanes alternate, its 95% interval is that of the work per busy second of "
        "paired slices, extended to S",
        "times serial, as in 1.94×; below 1 it is printed as “slower”, with 1 / S",
        "where serial and the lane have a result of the same tasks, and the race was never "
        "suspended, nor its submission held; otherwise with the reason",
        f"{GRAMA}; the jackknife of blocks, H. R. Künsch, The Annals of Statistics 17, 1989",
        (
            "paired.paired_speedup",
            "paired.speedup_interval",
            "speedup.speedup",
            "speedup.why_incomparable",
            "gain.apart",
            "gain.compare",
            "gain.compared",
            "gain.gain",
            "gain.gains",
            "gain.lacks_answer",
            "gain.suspended",
            "gain.why_none",
            "gain.without_speedup",
            "history.speedups",
        ),
        ("speedup", "speedup_interval", "speedups", "no_speedup", "suspended_s"),
    ),
    Definition(
        "superlinear",
        "S > 1.1·p, or T less than the larger of the longest task and total / p by more than 10%; "
        "the reason is the measured cause that explains at least half of the missing seconds",
        "a reason",
        "beside such a speedup, from which nothing else is derived",
        "the definition of speedup",
        ("speedup.beyond",),
        ("beyond",),
    ),
    Definition(
        "efficiency",
        "E = S / p, the share of the workers that is made use of; at 100% no time is lost",
        "percent; in JSON a share",
        "where there is a speedup",
        GRAMA,
        ("speedup.efficiency",),
        ("efficiency",),
    ),
    Definition(
        "Karp–Flatt metric",
        "e = (1/S − 1/p) / (1 − 1/p), overhead as if it were serial work",
        "a share of the work, 0 to 1",
        "in JSON, for at least 2 workers with 1 ≤ S ≤ p, and tasks that compute",
        "A. H. Karp and H. P. Flatt, Measuring parallel processor performance, CACM 33(5), 1990",
        ("speedup.karp_flatt", "gain.karp_flatt"),
        ("karp_flatt",),
    ),
    Definition(
        "lower bound",
        "The shortest run time in which p workers could run whole tasks, each as long as on "
        "serial, failed ones included, without any overhead: the largest of total / p and, for "
        "each k, the sum of the k shortest among the (k−1)·p + 1 longest tasks",
        "seconds",
        "once serial is done with all tasks, where these were at least half of its run time; "
        "before that as the most that the speedup can be, total / bound",
        "M. Dell'Amico and S. Martello, Optimal scheduling of tasks on identical parallel "
        "processors, ORSA J. Computing 7(2), 1995, for k up to 2",
        ("speedup.lower_bound", "gain.lower_bound", "projection.at_most"),
        ("ideal_s", "ideal"),
    ),
    Definition(
        "projection",
        "The run time that remains: the rest of the running tasks and a mean task for each that "
        "waits, in proportion to its time on the other lane once that is done, spread over the "
        "workers as they become free; the projected speedup is the ratio of serial's run time and "
        "the lane's, measured or projected, at most p",
        "seconds, times serial; with a 95% interval",
        "while a race runs, from 2% of the work and 0.2 s on, once the interval's upper bound is "
        "less than 3× its lower one; before either lane is done, only where task times have a "
        "standard deviation below 75% of their mean",
        "W. G. Cochran, Sampling Techniques, 1977, chapter 2; Student's t by M. Abramowitz and "
        "I. A. Stegun, Handbook of Mathematical Functions, 1964, 26.7.5",
        ("projection.projected_wall", "projection.projected_speedup", "projection.student_t"),
    ),
    Definition(
        "waterfall",
        "T as the sum of the lower bound and of the steps below, failed tasks included. Each "
        "step's seconds are those of all workers, divided by p. Idle time that the lower bound "
        "includes, as whole tasks can't be shared evenly, is taken off the tail, then off dispatch "
        "gaps, transfer and lost attempts",
        "seconds, rounded so that the printed parts add up",
        "where serial and the lane are done with the same tasks",
        WORKERS_TIME,
        ("waterfall.waterfall", "waterfall.largest"),
        ("waterfall", "wall"),
    ),
    Definition(
        "slower tasks",
        "(total − serial's total) / p, less the part that filled idle time of the lower bound; "
        "below zero they are faster tasks. It is split into more CPU time per task, the time that "
        "tasks waited for a core or for the GIL, and failed tasks",
        "seconds",
        f"{WHERE_WATERFALL}; the split where CPU time was measured",
        "each task's start, end and CPU time on its worker",
        (),
        ("slower tasks", "faster tasks", "slower_tasks"),
    ),
    Definition(
        "lost attempts",
        "The time of attempts that ended with their worker, divided by p",
        "seconds",
        WHERE_WATERFALL,
        WORKERS_TIME,
        (),
        ("lost attempts",),
    ),
    Definition(
        "dispatch gaps",
        "The time that workers were idle before a task started, divided by p, without transfer",
        "seconds",
        WHERE_WATERFALL,
        WORKERS_TIME,
        (),
        ("dispatch gaps",),
    ),
    Definition(
        "transfer",
        "The part of the time before tasks started in which their inputs were not stored yet, "
        "divided by p, and the time from the last task's end to the end of the run",
        "seconds",
        WHERE_WATERFALL,
        "the same account; inputs are followed for the first 1,000 tasks",
        (),
        ("transfer",),
    ),
    Definition(
        "tail",
        "The time from each worker's last task to the end of the last task of all, divided by p",
        "seconds",
        WHERE_WATERFALL,
        WORKERS_TIME,
        (),
        ("tail",),
    ),
    Definition(
        "unexplained",
        "What the sum would miss: more tasks ran concurrently than there are workers, or clocks of "
        "processes differ",
        "seconds",
        WHERE_WATERFALL,
        WORKERS_TIME,
        (),
        ("unexplained",),
    ),
    Definition(
        "core share",
        "The CPU time of a lane's finished tasks divided by their time; on lanes whose tasks share "
        "the GIL, the CPU time of their process divided by T. Below 90% the times are "
        "unreliable, with the cause that took most of the missing time",
        "percent",
        "for tasks that compute, from 0.1 s of tasks on; otherwise times count as reliable",
        "CPU clocks, and /proc/stat less this program's own CPU time",
        ("reliability.core_share", "reliability.reliable", "reliability.unreliable_reason"),
        ("reliable", "unreliable_reason"),
    ),
    Definition(
        "shared cores",
        "Lanes ran together with more workers than this machine has cores, and their tasks "
        "compute: they had a CPU for at least 2% of their time",
        "true or false; marked ≈",
        "for every race",
        "the affinity mask, the cgroup quotas and the physical cores of this machine",
        ("gain.contended", "gain.computes", "gain.crowded", "gain.cores", "gain.cpus"),
        ("contended",),
    ),
    Definition(
        "task durations",
        "The time from a task's start on its worker to its end. p50, p90 and p99 are the shortest "
        "duration that at least that share of the finished tasks doesn't exceed; histograms of all "
        "lanes have the same bins",
        "seconds",
        "from the first finished task on",
        "R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, The American "
        "Statistician 50(4), 1996, definition 1",
        ("durations.durations", "durations.axis", "durations.slowest"),
        (
            "durations",
            "n",
            "p50_s",
            "p90_s",
            "p99_s",
            "max_s",
            "total_s",
            "histogram",
            "edges_s",
            "counts",
            "slowest",
            "task_s",
        ),
    ),
    Definition(
        "throughput",
        "The tasks that finished in each interval of the run, and the mean: all finished tasks / T",
        "tasks per second",
        "from the first finished task on",
        "each task's end on its worker",
        ("durations.throughput", "durations.mean_rate"),
        ("throughput", "interval_s", "mean_per_s"),
    ),
    Definition(
        "spread",
        "The median and the range of repeated runs' times or speedups, and their quartiles by "
        "linear interpolation",
        "as the figure itself",
        "from two runs on, quartiles from five",
        "R. J. Hyndman and Y. Fan, 1996, definition 7",
        ("history.spread",),
        ("repeated",),
    ),
    Definition(
        "error of π",
        "The distance of the estimate 4·inside/samples from π; √(π·(4−π)/samples) is expected. "
        "A digit is settled if it is the same all over the 95% interval of 1.96 standard errors",
        "none",
        IN_SAMPLES,
        "the standard deviation of a binomial share",
        (
            "errors.error",
            "errors.expected_error",
            "errors.half_width",
            "errors.settled_digits",
        ),
        ("pi", "error"),
    ),
    *OF_SWEEPS,
)
"""All of them, in the order in which they are read."""
