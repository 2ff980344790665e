"""Rules of ``<style>`` moved into ``style`` attributes, for mail readers that know no others (extra ``css``)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from openviper.conf import ImproperlyConfigured
from openviper.core.email.errors import TemplateError

if TYPE_CHECKING:
    from css_inline import CSSInliner

__all__ = ["MAX_STYLED_BYTES", "inline_css"]

#: The most of a document in UTF-8. css-inline keeps the GIL: 128 KiB keep everything else of the program from running
#: for 5 to 12 ms. Gmail shows the first 102 kB of a message.
MAX_STYLED_BYTES = 131_072


def inline_css(html: str) -> str:
    """Return the document with its rules in attributes; what attributes cannot say (``@media``) stays in ``<style>``.

    Nothing is fetched and no file is read, whatever ``<link>`` or ``@import`` say.

    Raises:
        ImproperlyConfigured: css-inline is not installed.
        TemplateError: The document is too large, or it cannot make sense of the CSS.
    """
    size = len(html.encode(errors="surrogatepass"))
    if size > MAX_STYLED_BYTES:
        raise TemplateError(
            f"the html has {size} bytes; with EMAIL_INLINE_CSS it may have {MAX_STYLED_BYTES}: shorten it, or set "
            "EMAIL_INLINE_CSS=False"
        )
    inliner = _inliner()
    try:
        return inliner.inline(html)
    except ValueError as error:
        raise TemplateError(
            f"the CSS cannot be moved into attributes: {error}; mend it, or set EMAIL_INLINE_CSS=False"
        ) from error


@lru_cache(maxsize=1)
def _inliner() -> CSSInliner:
    try:
        from css_inline import CSSInliner  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ImproperlyConfigured(
            "EMAIL_INLINE_CSS=True needs css-inline, which is not installed: pip install 'openviper-email[css]'"
        ) from error
    return CSSInliner(load_remote_stylesheets=False, keep_at_rules=True, keep_link_tags=True)
