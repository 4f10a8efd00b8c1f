"""Everything that can go wrong outside a record.

A bad record is a value (a `Rejection`, kept as a `DeadLetter`); a broken system is one of these exceptions:

    AdmetricsError
    ├── ConfigurationError      a setting is missing, unknown or malformed: fix the setting
    │   ├── AbsentError         what the setting names is not there, and the caller only reads
    │   ├── MissingExtraError   the setting needs a package that is not installed
    │   └── IncompatibleError   two settings that cannot work together (wrong usage: exit code 2)
    ├── InputError              a file given by the user cannot be used
    ├── DifferencesError        the warehouse is not what the lake says, and nobody asked to repair it
    └── BackendError            a store, a broker or an engine did not do its work
        ├── TransientError      it did not answer: calling again is safe and may help
        │   └── InUseError      another process has it: calling again helps when that one is finished
        └── PermanentError      it answered no: calling again will not help
            ├── LayoutError     a table or topic exists with another layout
            └── TooLargeError   it does not take that much at once: give it less

Every message says what was wrong, where, and what to do. No message holds a secret or personal data.
"""

from typing import Self


class AdmetricsError(Exception):
    """The root: the command line prints any of these as one clean line."""


class ConfigurationError(AdmetricsError):
    """A setting is missing, unknown or malformed."""


class AbsentError(ConfigurationError):
    """What a setting names is not there, and who only reads creates nothing."""

    @classmethod
    def of(cls, name: str) -> Self:
        """Say that a file, a database, a keyspace or a topic is not there."""
        return cls(
            f"{name} is not there: `admetrics init`, `ingest` and `demo` create it; if it should be there, look at "
            "`admetrics config`"
        )


class MissingExtraError(ConfigurationError):
    """A setting needs a package that is not installed; the message names the extra to install."""


class IncompatibleError(ConfigurationError):
    """Two settings that are fine alone cannot work together."""


class InputError(AdmetricsError):
    """A file given by the user is missing, unreadable or not what it should be."""


class DifferencesError(AdmetricsError):
    """The warehouse is not what the lake says; the message names the cells."""


class BackendError(AdmetricsError):
    """A store, a broker or an engine did not do its work."""


class TransientError(BackendError):
    """The system did not answer: calling again is safe and may help."""


class InUseError(TransientError):
    """Another process has what only one can have."""


class PermanentError(BackendError):
    """The system answered no: calling again will not help."""


class LayoutError(PermanentError):
    """A table or topic exists with another layout than the product's."""


class TooLargeError(PermanentError):
    """The system does not take that much at once, or nothing of that size: less of it may fit."""
