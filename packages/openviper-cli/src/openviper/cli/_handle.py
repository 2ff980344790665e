"""A function ``handle`` as a command: its parameters are the arguments and options."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, NamedTuple, Union, get_args, get_origin

import click

from openviper.cli._failure_lines import failure_line
from openviper.cli._run_handle import run_function
from openviper.cli.errors import CommandLineError
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.types import OptionHelpExtra

    from openviper.cli._project_commands import CommandFile

__all__ = ["handle_command"]

_TYPES: dict[Any, click.ParamType[Any]] = {
    str: click.STRING,
    int: click.INT,
    float: click.FLOAT,
    bool: click.BOOL,
    Path: click.Path(path_type=Path),
}
_Kind = inspect.Parameter


class _Taken(NamedTuple):
    """A parameter of ``handle``, and the click parameter whose value it takes."""

    own: inspect.Parameter
    param: click.Parameter
    #: ``list`` or ``tuple``, where it takes several values.
    several: type[Any] | None

    def value(self, values: dict[str, Any]) -> Any:
        given = values[str(self.param.name)]
        if self.several is None:
            return given
        return self.own.default if not given and self.own.default is None else self.several(given)


class _Option(click.Option):
    """An option whose help keeps quiet about a default that is a secret, as its name or text says."""

    def get_help_extra(self, ctx: click.Context) -> OptionHelpExtra:
        # Only help needs it.
        from openviper.conf import Explanation  # noqa: PLC0415

        extra = super().get_help_extra(ctx)
        default = _plain(self.default)
        if str(Explanation(str(self.name), default, "", "").masked_json) != str(default):
            extra.pop("default", None)
        return extra


def handle_command(
    handle: Callable[..., Any], file: CommandFile, *, help_text: str | None, lifespan: bool
) -> click.Command:
    """Return the command that calls ``handle``.

    A parameter without a default that can be given by position becomes an argument (``*names`` any number), every
    other one an option: ``bool`` as ``--x/--no-x``, ``list[...]`` repeatable. What it returns is the exit code;
    ``None`` is 0.

    Raises:
        CommandLineError: A parameter cannot become an argument or option.
    """
    if lifespan and not inspect.iscoroutinefunction(handle):
        raise CommandLineError(f"{file.path} says LIFESPAN = True; expected async def handle()")
    taken = [_taken(each, file) for each in _parameters(handle, file)]

    def run(**values: Any) -> None:
        args: list[Any] = []
        options: dict[str, Any] = {}
        for each in taken:
            value = each.value(values)
            if each.own.kind is _Kind.VAR_POSITIONAL:
                args += value
            elif each.own.kind is _Kind.KEYWORD_ONLY:
                options[each.own.name] = value
            else:
                args.append(value)
        result = run_function(handle, args, options, lifespan=lifespan)
        click.get_current_context().exit(_exit_code(result, file))

    params = [each.param for each in taken]
    return click.Command(file.name, callback=run, params=params, help=help_text or inspect.getdoc(handle))


def _exit_code(result: Any, file: CommandFile) -> int:
    if result is None:
        return 0
    if type(result) is not int or not 0 <= result <= 255:
        text = repr(result) if type(result) is int else f"a {type(result).__name__}"
        raise CommandLineError(f"handle() of {file.path} returned {text}; expected None, or an exit code of 0 to 255")
    return result


def _parameters(handle: Callable[..., Any], file: CommandFile) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(handle, eval_str=True).parameters.values())
    except Exception as error:  # an annotation is any expression
        raise CommandLineError(
            f"the parameters of handle() in {file.path} cannot be read: {failure_line(error)}; what their annotations "
            f"name has to be imported when the command runs, not only for type checkers"
        ) from error


def _taken(own: inspect.Parameter, file: CommandFile) -> _Taken:
    hint, several = _hint(own)
    flag = own.name.strip("_").replace("_", "-")
    is_named = flag not in ("", "help")
    if hint not in _TYPES or (several and hint is bool) or own.kind is _Kind.VAR_KEYWORD or not is_named:
        raise CommandLineError(
            f"the parameter {harmless_line(str(own))!r} of handle() in {file.path} cannot become an argument or "
            f"option; expected str, int, float, bool, pathlib.Path, or list[...] of one, and a name that is not help"
        )
    if own.kind is _Kind.VAR_POSITIONAL:
        return _Taken(own, click.Argument([own.name], nargs=-1, type=_TYPES[hint]), tuple)
    if own.default is _Kind.empty and own.kind is not _Kind.KEYWORD_ONLY:
        nargs = -1 if several else 1
        return _Taken(own, click.Argument([own.name], nargs=nargs, required=True, type=_TYPES[hint]), several)
    return _Taken(own, _option(own, hint, flag, several=several is not None), several)


def _option(own: inspect.Parameter, hint: Any, flag: str, *, several: bool) -> click.Option:
    spelled = f"--{flag}" if len(flag) > 1 else f"-{flag}"
    is_required = own.default is _Kind.empty
    common: dict[str, Any] = {"required": True} if is_required else {"default": own.default}
    # 0 says something, and equals False.
    if not isinstance(own.default, bool) and own.default not in (_Kind.empty, None, "", [], ()):
        common["show_default"] = True
    if hint is bool:
        spelled += f"/--no-{flag}"
    else:
        common |= {"type": _TYPES[hint], "multiple": several}
    return _Option([own.name, spelled], **common)


def _plain(value: Any) -> Any:
    """Return a default as it is masked for JSON where it is no secret: members of an enum are their values."""
    if type(value) in (list, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return str.__str__(value) if isinstance(value, str) else value


def _hint(own: inspect.Parameter) -> tuple[Any, type[Any] | None]:
    """Return the type of one value, and ``list`` or ``tuple`` where there are several; ``X | None`` is ``X``."""
    hint = own.annotation
    if hint is _Kind.empty:
        default = own.default
        known = (each for each in (bool, int, float, Path) if isinstance(default, each))
        return next(known, str), list if isinstance(default, list) else None
    if get_origin(hint) in (Union, UnionType):
        inner = [each for each in get_args(hint) if each is not NoneType]
        hint = inner[0] if len(inner) == 1 else hint
    if hint in (list, tuple):
        return str, hint
    if get_origin(hint) is list:
        return get_args(hint)[0], list
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,):
        return get_args(hint)[0], tuple
    return hint, None
