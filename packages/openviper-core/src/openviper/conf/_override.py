"""Other settings for the length of a test."""

from __future__ import annotations

import inspect
from functools import wraps
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from openviper.conf._active import Entered

__all__ = ["Override", "override_settings"]

F = TypeVar("F", bound="Callable[..., Any]")
METHODS: tuple[type[Any], ...] = (FunctionType, staticmethod, classmethod)


def override_settings(*sections: type[Any], **values: Any) -> Override:
    """Put other values in force: for a ``with`` block, a function (``async`` too), or the tests of a class.

    ::

        with override_settings(DEBUG=True):
            ...

        @override_settings(EMAIL_BACKEND="memory")
        async def test_it_sends(): ...

    The whole process sees them, concurrent tasks included, and :func:`section` reads its values again. They stand above
    the environment. Blocks nest, and what was in force before is restored whatever happens inside. A section that no
    installed distribution names is given first, so that its names are known.

    Raises:
        TypeError: What is decorated is a generator function, or a class without tests.
        ImproperlyConfigured: On entering: a name is no setting or a value does not suit; every such name.
    """
    return Override(sections, values)


class Override:
    """What :func:`override_settings` returns: a context manager and a decorator, as often as wanted."""

    def __init__(self, sections: tuple[type[Any], ...], values: dict[str, Any]) -> None:
        self._sections = sections
        self._values = values
        self._entered: list[Entered] = []

    def __enter__(self) -> None:
        # As in opened_reader(): loaded by who overrides settings, not by who imports this.
        from openviper.conf._active import enter  # noqa: PLC0415

        self._entered.append(enter(self._values, self._sections))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        from openviper.conf._active import leave  # noqa: PLC0415 - as above

        leave(self._entered.pop())

    def __call__(self, target: F) -> F:
        if isinstance(target, type):
            return cast("F", self._decorate_class(cast("type[Any]", target)))
        return cast("F", self._decorate(target))

    def _again(self) -> Override:
        # Two tasks may run one decorated function: each call has a block of its own.
        return Override(self._sections, self._values)

    def _decorate_class(self, cls: type[Any]) -> type[Any]:
        tests = {name: inspect.getattr_static(cls, name) for name in dir(cls) if name.startswith("test")}
        methods: dict[str, Any] = {name: test for name, test in tests.items() if isinstance(test, METHODS)}
        if not methods:
            raise TypeError(f"{cls.__qualname__} has no method test..., which override_settings could decorate")
        for name, test in methods.items():
            setattr(cls, name, self._decorate_method(test))
        return cls

    def _decorate_method(self, method: Any) -> Any:
        kind = cast("Callable[..., Any]", type(method))
        return self._decorate(method) if kind is FunctionType else kind(self._decorate(method.__func__))

    def _decorate(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(function):
            return self._around_coroutine(function)
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            # Its body runs when somebody iterates, for as long as they do.
            raise TypeError(f"{function.__qualname__} is a generator; write with override_settings(...): inside it")
        return self._around_function(function)

    def _around_function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def overridden(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return overridden

    def _around_coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        async def overridden(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return await function(*args, **kwargs)

        return overridden
