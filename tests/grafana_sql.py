"""Does to a query what Grafana does before the database sees it: the browser puts in variables, the server macros."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from grafana.variables import ALL

EVERYTHING = "$__all"


@attrs.frozen
class View:
    """What a viewer has chosen.

    Args:
        start: the first moment, aware.
        end: the last one.
        chosen: the values of variables: several, or one; those that are not here are on "all".
    """

    start: datetime
    end: datetime
    chosen: Mapping[str, Sequence[str] | str] = attrs.field(factory=dict)

    def sent(self, query: str) -> str:
        """Return the statement that reaches the database.

        Raises:
            ValueError: it holds a variable in another format, or a macro that is not known here.
        """
        statement = re.sub(r"\$\{(\w+):sqlstring\}", lambda found: self._sqlstring(found[1]), query)
        for macro, meaning in self._macros().items():
            statement = statement.replace(macro, meaning)
        if "$" in re.sub(r"'(?:[^']|'')*'", "", statement):
            raise ValueError(f"something is left to expand: {statement}")
        return statement

    def _sqlstring(self, name: str) -> str:
        """Quote values as Grafana's format `sqlstring` does; what stands for all is put in as it is."""
        chosen = self.chosen.get(name, EVERYTHING)
        if chosen == EVERYTHING or list(chosen) == [EVERYTHING]:
            return ALL
        values = [chosen] if isinstance(chosen, str) else chosen
        return ",".join("'" + value.replace("'", "''") + "'" for value in values)

    def _macros(self) -> Mapping[str, str]:
        start, end = (int(moment.timestamp()) for moment in (self.start, self.end))
        return {
            "$__timeFrom()": f"FROM_UNIXTIME({start})",
            "$__timeTo()": f"FROM_UNIXTIME({end})",
            "$__unixEpochFrom()": str(start),
            "$__unixEpochTo()": str(end),
        }
