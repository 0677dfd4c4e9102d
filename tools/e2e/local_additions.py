"""How operations are added to moto, and the list of what was added."""

import threading
from typing import Any, Callable

ADDED: list[str] = []
# The server answers requests side by side.
LOCK = threading.RLock()


def add(response_class: type, method: str, told: str) -> Callable[[Any], Any]:
    """Adds a handler to a service, unless the service has it."""

    def decorate(handler: Any) -> Any:
        if not hasattr(response_class, method):
            setattr(response_class, method, handler)
            ADDED.append(told)
        return handler

    return decorate


def replace(owner: type, method: str, told: str) -> Callable[[Any], Any]:
    """Replaces what moto does wrong."""

    def decorate(handler: Any) -> Any:
        setattr(owner, method, handler)
        ADDED.append(told)
        return handler

    return decorate


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
