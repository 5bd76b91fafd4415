"""The description of the engine `futures`; importing this module does not import the engine."""

from workloads import EngineInfo

FUTURES = EngineInfo(
    name="futures",
    implementation="raytasks_dice.engine:Futures",
    summary="concurrent.futures: a ProcessPoolExecutor",
    title="Futures",
    letter="T",
)
