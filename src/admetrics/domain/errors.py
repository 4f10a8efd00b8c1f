"""Everything that can go wrong outside a record.

A bad record is a value (a `Rejection`, kept as a `DeadLetter`); a broken system is one of these exceptions:

    AdmetricsError
    ├── ConfigurationError      a setting is missing, unknown or malformed: fix the setting
    │   ├── MissingExtraError   the setting needs a package that is not installed
    │   └── IncompatibleError   two settings that cannot work together (wrong usage: exit code 2)
    ├── InputError              a file given by the user cannot be used
    ├── DifferencesError        the warehouse is not what the lake says, and nobody asked to repair it
    └── BackendError            a store, a broker or an engine did not do its work
        ├── TransientError      it did not answer: calling again is safe and may help
        └── PermanentError      it answered no: calling again will not help
            ├── LayoutError     a table or topic exists with another layout
            └── TooLargeError   it does not take that much at once: give it less

Every message says what was wrong, where, and what to do. No message holds a secret or personal data.
"""


class AdmetricsError(Exception):
    """The root: the command line prints any of these as one clean line."""


class ConfigurationError(AdmetricsError):
    """A setting is missing, unknown or malformed."""


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


class PermanentError(BackendError):
    """The system answered no: calling again will not help."""


class LayoutError(PermanentError):
    """A table or topic exists with another layout than the product's."""


class TooLargeError(PermanentError):
    """The system does not take that much at once, or nothing of that size: less of it may fit."""
