"""Reading Chinese official texts: officials, titles, dates and directives."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.schema import Record, Span
    from model.tagger import Tagger

__version__ = "0.1.0"
__all__ = ["Record", "Span", "Tagger", "__version__"]


def __getattr__(name: str) -> object:
    # Lazy, so that `import model` costs nothing and the command line starts fast.
    if name == "Tagger":
        from model.tagger import Tagger

        return Tagger
    if name in {"Record", "Span"}:
        from model import schema

        return getattr(schema, name)
    raise AttributeError(f"module 'model' has no attribute {name!r}")
