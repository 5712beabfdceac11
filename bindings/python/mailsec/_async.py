"""Coroutines of a handler, for the threads of a server. Not for users."""
import asyncio
import concurrent.futures
import inspect
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

_T = TypeVar("_T")

# After this long it is looked whether the loop still runs. Ours.
LOOK_SECONDS = 1.0


def check_handler(handler: object, methods: Sequence[str], loop: object) -> bool:
    """TypeError if `handler` cannot be asked as a server asks it.

    Returns True if one of its `methods` is a coroutine function.
    """
    if isinstance(handler, type):
        raise TypeError(
            f"handler: {handler.__name__} is a class; give an instance of it"
        )
    if handler is not None and not any(hasattr(handler, name) for name in methods):
        raise TypeError(
            f"handler: {type(handler).__name__} has none of "
            + ", ".join(f"{name}()" for name in methods)
        )
    found = [
        name
        for name in methods
        if inspect.iscoroutinefunction(getattr(handler, name, None))
    ]
    if found and loop is None:
        raise TypeError(
            f"handler: {found[0]}() is a coroutine function; give the server an "
            "event loop to run it in, loop=asyncio.get_running_loop(), or make "
            "it a plain function"
        )
    return bool(found)


def wait(coroutine: Coroutine[Any, Any, _T], loop: asyncio.AbstractEventLoop | None) -> _T:
    """What `coroutine` returns, which `loop` runs in another thread."""
    if loop is None:
        coroutine.close()
        raise TypeError("returned a coroutine, and the server has no event loop")
    try:
        future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    except RuntimeError:  # The loop is closed.
        coroutine.close()
        raise
    while not concurrent.futures.wait([future], LOOK_SECONDS).done:
        if not loop.is_running():
            raise RuntimeError("the event loop of the handler does not run")
    return future.result()


def runs_here(loop: object) -> bool:
    """True in a callback or a coroutine of `loop`."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


async def entered(server: _T) -> _T:
    """What `async with server` binds."""
    return server
