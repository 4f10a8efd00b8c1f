"""What can happen on a walk."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs

from admetrics.adapters.memory.checkpoints import MemoryCheckpoints
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from tests.simulation.choices import Choices
from tests.simulation.ports import UnkindLake
from tests.simulation.records import ONE_HOUR, ONE_MINUTE, TWO_HOURS
from tests.simulation.scheduler import Order
from tests.simulation.stepped import Stepped

NO_FAULTS: Final = (Order.GO,)
_FAULTS: Final = (
    Order.TWICE, Order.REFUSE, Order.LOSE_ANSWER, Order.LOSE_ANSWER, Order.CRASH, Order.CRASH_AFTER,
)  # fmt: skip
FEW_FAULTS: Final = (*NO_FAULTS * 10, *_FAULTS)
MANY_FAULTS: Final = (*NO_FAULTS * 2, *_FAULTS)

NO_TASKS: Final = 0
IMPORTS: Final = 1
RECONCILES: Final = 3
ALL_TASKS: Final = 5

_STOPS: Final[Sequence[Sequence[str]]] = (
    ("next_version", "claim"),
    ("next_version",),
    ("claim",),
    ("commit",),
    ("publish", "commit"),
    ("companies", "request", "states"),
    ("arrivals", "next_version", "scan", "claim", "publish", "commit", "announce", "upsert", "states", "rows_of"),
    (),
)


@attrs.frozen
class System:
    """What is simulated; the proof that the simulation sees mistakes replaces one part at a time."""

    lake: type[UnkindLake] = UnkindLake
    checkpoints: type[MemoryCheckpoints] = MemoryCheckpoints
    stepped_checkpoints: type[Stepped] = Stepped
    warehouse: type[MemoryWarehouse] = MemoryWarehouse
    services: Mapping[str, Callable[..., object]] = attrs.field(factory=dict)
    """Replaced in `admetrics.app.pipeline`, by name."""


@attrs.frozen
class Plan:
    """What can happen on a walk: rare coincidences are met sooner if not everything happens on every walk.

    Args:
        together: whether events and their arrival become visible at the same time.
        lines: the records that are written.
        orders: what may become of an effect.
        tasks: how many of the administrators' tasks are done; with all of them, stores are lost and runners killed.
        minutes_kept: by the engines.
        rollup_batch_hours: by the runners.
        crowd: whether all loaders and writers take part, not only one writer.
        stops: the effects before which a process stops, so that others have their turn; if there are none, it may
            stop anywhere.
        rounds: whether everything settles, and is looked at, whenever all have had their turns.
    """

    together: bool = True
    lines: Sequence[bytes] = ONE_HOUR
    orders: Sequence[Order] = NO_FAULTS
    tasks: int = NO_TASKS
    minutes_kept: int = 1440
    rollup_batch_hours: int = 2
    crowd: bool = False
    stops: Sequence[str] = ()
    rounds: bool = True

    @classmethod
    def drawn(cls, choices: Choices) -> "Plan":
        return cls(
            together=choices.of((True, False)),
            lines=choices.of((ONE_HOUR, ONE_MINUTE, TWO_HOURS)),
            orders=choices.of((NO_FAULTS, FEW_FAULTS, MANY_FAULTS)),
            tasks=choices.of((NO_TASKS, IMPORTS, RECONCILES, ALL_TASKS)),
            minutes_kept=choices.of((1440, 1440, 60, 0)),
            rollup_batch_hours=choices.of((2, 1)),
            crowd=choices.of((False, False, True)),
            stops=choices.of(_STOPS),
            rounds=choices.of((True, False)),
        )
