"""The lake that the figures come from: another one, or an empty one in its place, must not replace them."""

from admetrics.domain.errors import PermanentError
from admetrics.domain.times import Period
from admetrics.ports.checkpoints import Checkpoints
from admetrics.ports.lake import Lake


def check_lake(*, lake: Lake, checkpoints: Checkpoints) -> None:
    """Refuse a lake that is not the one that the checkpoint store knows; a store that knows none adopts it.

    Without this, a lake that was lost and made again would have every hour with a new event computed from that event
    alone. It costs one look into each store.

    Raises:
        PermanentError: it is another lake, or an empty one beside the claims of a store that knows none yet.
    """
    identity = lake.identity()
    known = checkpoints.lake()
    if known is None and not _is_strange(lake, checkpoints):
        known = checkpoints.adopt(identity)
    if known != identity:
        raise PermanentError(
            f"the lake ({lake.kind}) is not the one that the figures come from: it was lost and made again, or a "
            "setting names another place (`admetrics doctor` shows all places). Put the lake back, or correct `lake`, "
            "`checkpoints` or `data_dir`; if the figures shall come from this one, run `admetrics rebuild --new-lake`"
        )


def _is_strange(lake: Lake, checkpoints: Checkpoints) -> bool:
    """Return whether a store of an older release, which knows no lake, claimed hours of which this one has none."""
    claimed = checkpoints.hours(Period.always())
    return bool(claimed) and set(claimed).isdisjoint(lake.hours(Period.always()))
