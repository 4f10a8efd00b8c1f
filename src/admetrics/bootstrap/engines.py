"""Whether the engine can read the lake, and from when on it publishes the rows itself."""

from typing import Final

from admetrics.bootstrap.registry import adapters_of, find, scheme
from admetrics.configuration import Settings, masked
from admetrics.domain.errors import IncompatibleError

_USUAL_BULK_FROM: Final = 2_000_000  # fewer make too few rows to pay for the further jobs, of a second or two


def check_engine(settings: Settings) -> None:
    """Refuse an engine that cannot read the lake, before anything is created."""
    engine, lake = find("engine", settings.engine), find("lake", settings.lake)
    if set(engine.needs) <= set(lake.offers):
        return
    pairs = ", ".join(
        f"{each.form} over {' or '.join(lakes)}"
        for each in adapters_of("engine")
        if (lakes := [scheme(lake.form) for lake in adapters_of("lake") if set(each.needs) <= set(lake.offers)])
    )
    raise IncompatibleError(
        f"engine {masked(settings.engine)} cannot read a lake of {scheme(lake.form)}: what works is {pairs}"
    )


def bulk_from(settings: Settings) -> int:
    """Return from how many events the rows are the engine's to publish; 0 for never. Refuse what cannot be."""
    possible = "bulk" in find("engine", settings.engine).offers and "spark" in find("bus", settings.bus).offers
    if settings.bulk_from and not possible:
        raise IncompatibleError(
            f"bulk_from = {settings.bulk_from} needs Spark, which publishes the rows itself, and Kafka, which takes "
            f"them: engine is {masked(settings.engine)}, bus is {masked(settings.bus)}; fix these, or unset bulk_from"
        )
    usual = _USUAL_BULK_FROM if possible else 0
    return usual if settings.bulk_from is None else settings.bulk_from
