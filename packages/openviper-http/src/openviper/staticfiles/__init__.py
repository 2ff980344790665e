"""Static files: found in ``STATICFILES_DIRS`` and the installed apps' ``static/``, served while ``DEBUG`` is on.

In production a web server or a CDN serves ``STATIC_ROOT``, which ``viperctl collectstatic`` fills.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles as StarletteStaticFiles

from openviper.core.types import Scope

from ._manifest import static_url
from ._places import source_folders
from .errors import StaticFilesError

__all__ = ["StaticFiles", "StaticFilesError", "static_directories", "static_url"]


class StaticFiles(StarletteStaticFiles):
    """Serve the files below some directories, the first that has one wins; never a listing, never what is outside.

    Answers GET and HEAD with ETag, Last-Modified, ranges (RFC 9110, 14) and 304.

    Args:
        directories: Searched in this order; one that is not there is passed over.
    """

    def __init__(self, directories: Sequence[str | os.PathLike[str]]) -> None:
        super().__init__(check_dir=False)
        self.all_directories = [os.fspath(directory) for directory in directories]

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the response for a normalized path below the directories.

        Raises:
            HTTPException: 404, also for what the file system has no name for; 405 for other methods.
        """
        try:
            return await super().get_response(path, scope)
        except (ValueError, OSError) as error:
            # A null byte, a name that is too long, a file this process may not read: none is there for the client.
            raise HTTPException(404) from error
        except HTTPException as error:
            # Starlette answers 401 for an unreadable file, which no log-in would mend.
            raise HTTPException(404) if error.status_code == 401 else error from None


def static_directories() -> list[Path]:
    """Return ``STATICFILES_DIRS``, then each installed app's ``static/``, those that exist, absolute.

    An app that is not found is passed over: the lifespan warns of it.
    """
    return [folder for folder in source_folders() if folder.is_dir()]
