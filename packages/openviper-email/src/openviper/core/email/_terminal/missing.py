"""Which variables a template uses and a context lacks: all of them, where rendering names the first."""

from __future__ import annotations

from collections.abc import Iterable

import jinja2
from jinja2 import meta, nodes

from openviper._settings.email import EmailSettings
from openviper.conf import section
from openviper.core.email._rendering.environment import TemplateEnvironment, environment_for, template_folders
from openviper.core.email._rendering.untrusted_names import is_untrusted
from openviper.core.email.errors import TemplateError
from openviper.core.imports import nearest

__all__ = ["missing_variables"]


def missing_variables(template: str, given: Iterable[str]) -> list[str]:
    """Return the names that a template, or one that it includes or extends, uses, and ``given`` lacks.

    It is read, not run: a variable that is only used where it is there, or that another template sets, is among them.

    Args:
        template: Its name.
        given: The names of the context.

    Returns:
        ``nmae (did you mean 'name'?)`` for each, sorted.
    """
    env = _environment(template)
    used: set[str] = set()
    waiting, seen = [template], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        tree = _tree(env, name)
        if tree is not None:
            used |= meta.find_undeclared_variables(tree)
            waiting += [each for each in meta.find_referenced_templates(tree) if each]
    names = set(given)
    return [_with_nearest(each, names) for each in sorted(used - names - set(env.globals))]


def _with_nearest(name: str, names: Iterable[str]) -> str:
    found = nearest(name, names)
    return f"{name} (did you mean {found!r}?)" if found else name


def _environment(template: str) -> TemplateEnvironment:
    patterns = section(EmailSettings).EMAIL_UNTRUSTED_TEMPLATES
    suffix = f".{template.rpartition('.')[2]}"
    return environment_for(template_folders("templates"), suffix, is_untrusted(template, patterns), False, patterns)


def _tree(env: TemplateEnvironment, name: str) -> nodes.Template | None:
    if env.loader is None:
        return None
    try:
        return env.parse(env.loader.get_source(env, name)[0])
    except (jinja2.TemplateError, TemplateError, UnicodeDecodeError):
        # Rendering has said that.
        return None
