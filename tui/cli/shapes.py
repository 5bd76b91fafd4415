"""Turns the command line's options into what engines are started with: CPUs, a cluster's address,
and the shape of a local one.
"""

from tui.cli.amounts import amounts_of
from tui.cli.options import Options
from workloads import catalog
from workloads.core.errors import BadInput, plain
from workloads.core.placement import CPUS_PER_NODE, MOST_NODES, Strategy
from workloads.engines import MOST_AT_ONCE, EngineOptions
from workloads.engines.local_nodes import LocalNodes, check_room
from workloads.engines.ray.address import checked_address


def engine_options(options: Options) -> EngineOptions:
    """What the engines are started with, but for the number of local nodes, which the plan has.
    Raises BadInput.
    """
    if options.address is not None:
        _refuse_beside_address(options)
        return EngineOptions(address=checked_address(options.address))
    return EngineOptions(cpus=cpus_of(options.cpus), nodes=_nodes(options))


def shape_of(options: Options) -> tuple[int, int]:
    """The local nodes that were asked for, 0 for none, and the CPUs of each. Raises BadInput, also
    where they would need more memory than there is.
    """
    count = nodes_of(options)
    if not count:
        if options.cpus_per_node is not None:
            raise BadInput("--cpus-per-node requires --nodes; without it, use --cpus.")
        return 0, 1
    if options.cpus is not None:
        raise BadInput("--cpus can't be used with --nodes; use --cpus-per-node.")
    most = min(int(CPUS_PER_NODE.maximum), MOST_AT_ONCE // count)
    each = _whole("--cpus-per-node", options.cpus_per_node or "1", most)
    check_room(count, count * each)
    return count, each


def nodes_of(options: Options) -> int:
    """The nodes of a local cluster that were asked for, by number or by a preset; 0 if none were.
    Raises BadInput.
    """
    if options.nodes is not None:
        return _whole("--nodes", options.nodes, MOST_NODES)
    if options.preset is None or options.cpus is not None or options.address is not None:
        return 0
    return catalog.find(options.workload).local_nodes.get(options.preset, 0)


def preset_strategy(options: Options) -> Strategy:
    """The strategy where none was named: a preset for several nodes shows tasks on all of them."""
    if options.nodes is None and nodes_of(options):
        return "spread"
    return "default"


def cpus_of(text: str | None) -> int | None:
    """The CPUs that --cpus gives Ray; raises BadInput."""
    if text is None:
        return None
    return _whole("--cpus", text, MOST_AT_ONCE)


def _nodes(options: Options) -> LocalNodes:
    gpus = 0
    if options.node_gpus is not None:
        gpus = _whole("--node-gpus", options.node_gpus, MOST_AT_ONCE)
    resources = amounts_of("--node-resources", options.node_resources)
    if "GPU" in resources:
        raise BadInput("--node-resources can't have GPU; use --node-gpus.")
    return LocalNodes(1, gpus, resources)


def _refuse_beside_address(options: Options) -> None:
    given = {
        "--cpus": options.cpus,
        "--nodes": options.nodes,
        "--cpus-per-node": options.cpus_per_node,
        "--node-gpus": options.node_gpus,
        "--node-resources": options.node_resources or None,
    }
    for option, text in given.items():
        if text is not None:
            raise BadInput(
                f"{option} applies to a local Ray instance; the cluster at --address already has "
                "its nodes and CPUs."
            )


def _whole(option: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= most):
        raise BadInput(
            f"{option} must be a whole number from 1 to {most:,}; got “{plain(text, 40)}”."
        )
    return int(text)
