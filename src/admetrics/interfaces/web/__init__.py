"""The live page over HTTP: who may ask what, and what is answered."""

from admetrics.domain.errors import MissingExtraError

try:
    import starlette  # noqa: F401  says what to install if it is missing
    import uvicorn  # noqa: F401
except ImportError as error:
    raise MissingExtraError("the live page needs packages: pip install 'admetrics[serve]'") from error
