"""Markdown templates compiled: what a developer wrote is marked, and what looks at it sees no marks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, operators
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context

if TYPE_CHECKING:
    from openviper.core.email._rendering.marking import Marker

__all__ = ["MarkData", "MarkedContext", "MarkingCode"]

# Functions of templates, and what keeps a text for them: namespace(), cycler(), dict().
_OF_TEMPLATES = frozenset({"jinja2.runtime", "jinja2.utils"})
_PUTTING = frozenset({"add", "append", "extend", "insert", "setdefault", "update"})


class MarkData(Extension):
    """Marks the data of each template that is compiled; the environment has a ``marker``."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of a template, its data marked."""
        marker = _marker(self.environment)
        for token in stream:
            yield Token(token.lineno, "data", marker.compiled(token.value)) if token.type == "data" else token


class MarkingCode(CodeGenerator):
    """Compiles what a developer wrote so that it has the mark of the rendering, whichever that is."""

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        return f"environment.marker.fresh({super()._output_const_repr(group)})"

    def visit_TemplateData(self, node: nodes.TemplateData, frame: Frame) -> None:  # noqa: N802 - its name
        self.write(f"environment.marker.fresh({node.data!r})")

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:  # noqa: N802
        self.write("(")
        self._plain(node.expr, frame)
        for operand in node.ops:
            self.visit(operand, frame)
        self.write(")")

    def visit_Operand(self, node: nodes.Operand, frame: Frame) -> None:  # noqa: N802
        self.write(f" {operators[node.op]} ")
        self._plain(node.expr, frame)

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802
        is_slice = isinstance(node.arg, nodes.Slice)
        self.write("(" if is_slice else "environment.getitem(")
        self._plain(node.node, frame)
        self.write(")[" if is_slice else ", ")
        if is_slice:
            self.visit(node.arg, frame)
        else:
            self._plain(node.arg, frame)
        self.write("]" if is_slice else ")")

    def _plain(self, node: nodes.Node, frame: Frame) -> None:
        self.write("environment.marker.plain(")
        self.visit(node, frame)
        self.write(")")


class MarkedContext(Context):
    """Calls functions of the program, and methods of texts, with what was typed; what they return is a value."""

    def call(self, obj: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a function of a template or of the program."""
        if _keeps_marks(obj):
            return super().call(obj, *args, **kwargs)
        marker = _marker(self.environment)
        text: object = getattr(obj, "__self__", None)
        if marker.is_marked(text):
            obj = getattr(marker.plain(text), obj.__name__)
        options = {name: marker.plain_items(each) for name, each in kwargs.items()}
        return super().call(obj, *map(marker.plain_items, args), **options)


def _keeps_marks(obj: object) -> bool:
    if type(getattr(obj, "__self__", None)) in (list, dict, set):
        # What is put into a list comes out of it as it was.
        return getattr(obj, "__name__", "") in _PUTTING
    return obj is dict or getattr(obj, "__module__", None) in _OF_TEMPLATES


def _marker(environment: object) -> Marker:
    # jinja2.Environment has none.
    return cast("Marker", getattr(environment, "marker"))  # noqa: B009
