"""Visits the running site as a reader would, over real HTTP, and looks at how it starts and stops.

What others try is in ``strangers.py``, what comes by mail in ``postbox.py``, what needs a real browser in
``browsing.py``, and what is lost and restored in ``keeping.py``.
"""

from __future__ import annotations

import http.client
import re
import sqlite3
import tempfile
from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from pathlib import Path

from browser import Browser, find_chromium
from browsing import BROWSER_STEPS
from elsewhere import Elsewhere
from keeping import BACKUP_STEPS, DAMAGE_STEPS
from postbox import POSTBOX_STEPS
from running import Site, Surprise, expect, expect_page
from strangers import STRANGERS_STEPS

__all__ = ["check"]

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Site": "same-origin"}
NO_BROWSER = "no chromium on PATH"


def starts(site: Site) -> str:
    site.wait_until_it_serves()
    expect_page(site.ask("GET", "/-/ready"), 200, '"ready"')
    return f"it serves on port {site.port} and says that it is ready"


def became_ready_in_order(site: Site) -> str:
    names = re.findall(r"(\S+) is ready", site.log)
    wanted = ["pulse", "newsletter", "newsletter.subscribers", "newsletter.issues"]
    expect(names == wanted, f"ready() ran in the order {names}, not {wanted}")
    expect("5 apps ready in" in site.log, "the log does not say how long it took")
    return "ready() ran for " + ", ".join(names)


def start_page(site: Site) -> str:
    page = site.ask("GET", "/", headers=BROWSER)
    expect_page(page, 200, 'method="post"', "Recent issues", "/issues/6")
    expect(page.headers["content-type"] == "text/html; charset=utf-8", f"it is {page.headers['content-type']}")
    cookie = page.headers.get("set-cookie", "")
    expect(cookie.startswith("csrftoken="), f"it sets a cookie that is not the form's: {cookie}")
    other = site.ask("GET", "/issues", headers=BROWSER)
    expect("set-cookie" not in other.headers, "a page without a form sets a cookie")
    head = site.ask("HEAD", "/", headers=BROWSER)
    expect(head.status == 200 and head.text == "", f"HEAD answers {head.status} with {head.text!r}")
    return "the start page shows the form and recent issues, and HEAD its headers alone"


def static_files(site: Site) -> str:
    for path in ("/static/newsletter/site.css", "/static/pulse/pulse.css"):
        first = site.ask("GET", path)
        expect_page(first, 200)
        again = site.ask("GET", path, headers={"If-None-Match": first.headers["etag"]})
        expect(again.status == 304 and not again.text, f"{path} with its ETag answers {again.status}")
    expect_page(site.ask("GET", "/static/../newsletter/settings.py"), 404)
    return "static files of the site and of the plugin come with an ETag, and 304 for it"


def archive(site: Site) -> str:
    expect_page(site.ask("GET", "/issues", headers=BROWSER), 200, "Stopping well", "One thread, many conversations")
    expect_page(site.ask("GET", "/issues/5", headers=BROWSER), 200, "After the form", 'rel="prev"', 'rel="next"')
    return "the archive lists the issues, and each has its page"


def missing_page(site: Site) -> str:
    expect_page(site.ask("GET", "/issues/999", headers=BROWSER), 404, "There is no such page")
    answer = site.ask("GET", "/api/issues/999")
    expect_page(answer, 404)
    expect(answer.json() == {"detail": "There is no issue 999"}, f"the API says {answer.text}")
    return "what is not there is a 404: a page for browsers, JSON for programs"


def json_api(site: Site) -> str:
    found = site.ask("GET", "/api/issues?limit=4").json()
    expect([each["number"] for each in found["issues"]] == [6, 5, 4, 3], f"not the latest four: {found}")
    rest = site.ask("GET", found["next"].partition(str(site.port))[2]).json()
    expect([each["number"] for each in rest["issues"]] == [2, 1] and rest["next"] is None, f"not the rest: {rest}")
    expect("303" in site.ask("GET", "/api/issues/5").json()["body"], "issue 5 has no text")
    expect_page(site.ask("GET", "/api/issues?limit=many"), 400, "many")
    return "the JSON API lists issues page by page, and refuses a limit that is no number"


def sign_up(site: Site) -> str:
    before = site.subscribers()
    answer = site.ask("POST", "/subscribe", form={"address": "ada@example.org"}, headers=BROWSER)
    expect(answer.status == 303, f"the form answers {answer.status}: {answer.text[:300]}")
    expect(answer.headers["location"] == "/welcome", f"it leads to {answer.headers['location']}")
    expect_page(site.ask("GET", answer.headers["location"], headers=BROWSER), 200, "You are on the list")
    expect(site.subscribers() == before + 1, "the subscriber was not counted")
    return "a sign-up is kept, and leads to its confirmation"


def sign_up_again(site: Site) -> str:
    before = site.subscribers()
    answer = site.ask("POST", "/subscribe", form={"address": " ADA@Example.org "}, headers=BROWSER)
    expect((answer.status, answer.headers.get("location")) == (303, "/welcome"), f"it answers {answer.status}")
    expect(site.subscribers() == before, "the same address was counted twice")
    return "the same address again is welcome, and counted once"


def sign_up_wrongly(site: Site) -> str:
    before = site.subscribers()
    typed = '"><script>alert(1)</script>'
    page = site.ask("POST", "/subscribe", form={"address": typed}, headers=BROWSER)
    expect_page(page, 422, 'aria-invalid="true"', "The @ is missing", "&lt;script&gt;")
    expect("<script" not in page.text, "what was typed became markup")
    expect_page(site.ask("POST", "/subscribe", form={}, headers=BROWSER), 422, "Please enter your email address.")
    expect_page(site.ask("POST", "/subscribe", form={"address": "a" * 5000}, headers=BROWSER), 413)
    expect(site.subscribers() == before, "it was kept all the same")
    return "an invalid address gets the form back, with what was typed and what is wrong"


def pulse(site: Site) -> str:
    before = site.ask("GET", "/api/pulse").json()["pages"]
    page = site.ask("GET", "/issues/1", headers=BROWSER)
    expect_page(page, 200, f"{before} pages served before this one")
    after = site.ask("GET", "/api/pulse").json()
    expect(after["pages"] == before + 1, f"{before} pages became {after['pages']}")
    expect_page(site.ask("GET", "/pulse", headers=BROWSER), 200, "/issues/{number:int}")
    return f"the plugin counts pages ({after['pages']} so far) and shows them in the footer"


def stops(site: Site) -> str:
    code = site.stop()
    expect(code == 0, f"the exit code after SIGTERM is {code}")
    stopped = re.findall(r"(\S+) has stopped", site.log)
    wanted = ["newsletter.subscribers", "newsletter", "pulse"]
    expect(stopped == wanted, f"shutdown() ran for {stopped}, not for {wanted}")
    expect("Traceback" not in site.log, "there is a traceback in the log")
    return "SIGTERM: shutdown() ran in reverse, exit code 0"


def kept(site: Site) -> str:
    expect(
        [each.name for each in site.database.parent.glob("*.sqlite3*")] == [site.database.name], "a log is left over"
    )
    with closing(sqlite3.connect(site.database)) as connection:
        found = connection.execute("SELECT address FROM subscribers").fetchall()
    readers = {address for (address,) in found}
    expect("ada@example.org" in readers, f"the database holds {readers}")
    expect("mallory@example.org" not in readers, "what was refused was written all the same")
    return "what was signed up is in the database, which is one file"


READERS_STEPS: tuple[Callable[[Site], str], ...] = (
    starts,
    became_ready_in_order,
    start_page,
    static_files,
    archive,
    missing_page,
    json_api,
    sign_up,
    sign_up_again,
    sign_up_wrongly,
    pulse,
)
LAST_STEPS: tuple[Callable[[Site], str], ...] = (*BACKUP_STEPS, stops, *DAMAGE_STEPS, kept)


def check(command: list[str]) -> int:
    """Start the site with ``command``, visit it and stop it; print a line per step, and the log if one goes wrong.

    Returns:
        The exit code: 0, or 1.
    """
    with tempfile.TemporaryDirectory(prefix="newsletter-check-") as folder, Elsewhere() as elsewhere:
        site = Site(command, Path(folder), {"OPENVIPER_CORS_ALLOWED_ORIGINS": elsewhere.friend})
        title, steps = "", 0
        try:
            for title, step in _steps(site, elsewhere):
                print(f"ok    {step()}" if step else f"skip  {title} was skipped: {NO_BROWSER}", flush=True)
                steps += 1
        except (Surprise, OSError, ValueError, LookupError, http.client.HTTPException) as error:
            print(f"FAIL  {title}: {error}\n\nThe server's log:\n{site.log}", flush=True)
            return 1
        finally:
            site.end()
    skipped = 0 if find_chromium() else len(BROWSER_STEPS)
    rest = f" but {skipped}, which were skipped: {NO_BROWSER}" if skipped else ""
    print(f"\n{steps} steps, all well{rest}.", flush=True)
    return 0


def _steps(site: Site, elsewhere: Elsewhere) -> Generator[tuple[str, Callable[[], str] | None]]:
    """Yield each step with its title; ``None`` for one that cannot be done here."""
    for step in (*READERS_STEPS, *STRANGERS_STEPS, *POSTBOX_STEPS):
        yield _title(step), partial(step, site)
    yield from _browser_steps(site, elsewhere)
    for step in LAST_STEPS:
        yield _title(step), partial(step, site)


def _browser_steps(site: Site, elsewhere: Elsewhere) -> Generator[tuple[str, Callable[[], str] | None]]:
    program = find_chromium()
    if program is None:
        yield from ((_title(step), None) for step in BROWSER_STEPS)
        return
    with Browser(program) as browser:
        for step in BROWSER_STEPS:
            yield _title(step), partial(step, site, browser, elsewhere)


def _title(step: Callable[..., str]) -> str:
    return step.__name__.replace("_", " ")
