"""Issues as pages and as JSON."""

from __future__ import annotations

from typing import Any

from newsletter.issues.storage import Issue, find_issue, latest_issues, neighbours
from newsletter.pages import page
from openviper.http import HTTPException, Request, Response
from openviper.routing import Router

__all__ = ["router"]

PAGE_SIZE = 20
LARGEST_PAGE = 100
#: Far beyond the last issue, and within what SQLite can hold.
LARGEST_NUMBER = 10**9

router = Router()


@router.get("/issues", name="list")
async def show_list(request: Request) -> Response:
    """The archive, the newest first."""
    before = _whole_number(request, "before", 1, LARGEST_NUMBER)
    issues = await latest_issues(PAGE_SIZE + 1, before=before)
    older = issues[PAGE_SIZE - 1].number if len(issues) > PAGE_SIZE else None
    return page("issues/list.html", {"issues": issues[:PAGE_SIZE], "older": older, "before": before})


@router.get("/issues/{number:int}", name="issue")
async def show_issue(number: int) -> Response:
    """One letter."""
    issue = await _found(number)
    older, newer = await neighbours(number)
    return page("issues/issue.html", {"issue": issue, "older": older, "newer": newer})


@router.get("/api/issues", name="api_list")
async def list_issues(request: Request) -> dict[str, Any]:
    """``?limit=`` up to 100 (20), ``?before=`` a number: the ``next`` of an answer has both."""
    limit = _whole_number(request, "limit", 1, LARGEST_PAGE) or PAGE_SIZE
    before = _whole_number(request, "before", 1, LARGEST_NUMBER)
    issues = await latest_issues(limit + 1, before=before)
    following = None
    if len(issues) > limit:
        following = str(
            request.url_for("issues:api_list").include_query_params(limit=limit, before=issues[limit - 1].number)
        )
    return {"issues": [_summary(request, issue) for issue in issues[:limit]], "next": following}


@router.get("/api/issues/{number:int}", name="api_issue")
async def get_issue(request: Request, number: int) -> dict[str, Any]:
    """One letter with its text."""
    issue = await _found(number)
    return {**_summary(request, issue), "body": issue.body}


async def _found(number: int) -> Issue:
    issue = await find_issue(number)
    if issue is None:
        raise HTTPException(404, f"There is no issue {number}")
    return issue


def _summary(request: Request, issue: Issue) -> dict[str, Any]:
    return {
        "number": issue.number,
        "title": issue.title,
        "summary": issue.summary,
        "published": issue.published,
        "url": str(request.url_for("issues:issue", number=issue.number)),
    }


def _whole_number(request: Request, name: str, least: int, most: int) -> int | None:
    """Read a query parameter; ``None`` where it is not given."""
    text = request.query_params.get(name)
    if text is None:
        return None
    # Checked before int(): it would take "1_0", digits of other scripts, and a million of them.
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most:
        return int(text)
    raise HTTPException(400, f"{name}={text[:40]!r} (query) is not a whole number from {least} to {most}")
