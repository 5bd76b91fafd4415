"""The terms of Ray and of this program, one sentence each; help shows them all, screens the ones
that they use. Figures have their definitions in workloads/figures/definitions.py.
"""

GLOSSARY = {
    "@ray.remote": (
        "A decorator that makes a Python function callable as a Ray task: `f.remote(x)` submits "
        "the call and immediately returns an ObjectRef."
    ),
    "ObjectRef": "The receipt for a result that may not exist yet; `ray.get` redeems it.",
    "ray.get": (
        "Waits until the result behind an ObjectRef exists and returns it, or raises the task's "
        "exception."
    ),
    "ray.wait": (
        "Waits until some of a list of ObjectRefs are done and returns them apart from the rest, "
        "so that results can be used in the order they finish."
    ),
    "ray.put": (
        "Copies a value into the object store once and returns an ObjectRef, so that many tasks "
        "can read it without another copy."
    ),
    "object store": (
        "The shared memory on each node where Ray keeps large values; every worker of the node "
        "reads them there without a copy."
    ),
    "worker": "A process or thread that runs one task at a time.",
    "node": "One machine of a Ray cluster; this machine alone is a cluster of one node.",
    "lane": (
        "One way to run the tasks: serially, in threads, in processes, or on Ray; every lane runs "
        "the same tasks."
    ),
    "task": "One call of the function with one input, run by one worker.",
    "sample": "One random point of π by Monte Carlo; each task draws many.",
}
"""What each term means, by the term."""
