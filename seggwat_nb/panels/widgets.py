"""A trait for values that only the kernel knows."""

from __future__ import annotations

from typing import Any

import traitlets

__all__ = ["Anything"]


class Anything(traitlets.TraitType):  # type: ignore[type-arg]
    """A trait that validates None like any other value, unlike `traitlets.Any`."""

    default_value = None

    def validate(self, _: object, value: Any) -> Any:  # noqa: ANN401  # the panel checks it
        """Let the panel validate the value."""
        return value
