"""What a reader's real browser does with the site, and what other sites make it try."""

from __future__ import annotations

import json
from collections.abc import Callable

from browser import Browser
from elsewhere import Elsewhere
from postbox import link_to_leave
from running import Site, expect

__all__ = ["BROWSER_STEPS"]

PAGES = (
    "/",
    "/issues",
    "/issues/6",
    "/subscribe",
    "/welcome",
    "/unsubscribed",
    "/pulse",
    "/api",
    "/__mail__/",
    "/nothing-here",
)


def every_page_in_a_browser(site: Site, browser: Browser, elsewhere: Elsewhere) -> str:
    for path in PAGES:
        browser.open(site.url + path)
        wanted = 404 if path == "/nothing-here" else 200
        expect(browser.status == wanted, f"{path} has the status {browser.status}")
        # A page that names no icon makes the browser look for one.
        missing = {f"{site.url}/favicon.ico"}
        if wanted == 404:
            missing.add(site.url + path)
        complaints = [each for each in browser.complaints if not _is_404_of(each, missing)]
        expect(not complaints, f"{path}: {complaints}")
        sheets = browser.run("document.styleSheets.length")
        expect(sheets > 0 or path == "/api", f"{path} has no stylesheet")
    return f"a browser shows {len(PAGES)} pages, and the Content-Security-Policy keeps nothing out"


def _is_404_of(complaint: str, addresses: set[str]) -> bool:
    return "a status of 404" in complaint and complaint.rpartition(" ")[2] in addresses


def inline_script(site: Site, browser: Browser, elsewhere: Elsewhere) -> str:
    browser.open(f"{site.url}/subscribe")
    browser.run("""{
        const script = document.createElement("script")
        script.textContent = "document.title = 'run'"
        document.body.append(script)
    }""")
    expect(browser.run("document.title") != "run", "a script that somebody wrote into the page has run")
    refused = [each for each in browser.complaints if "Content Security Policy" in each and "inline script" in each]
    expect(len(refused) == 1, f"the browser does not say that it refused the script: {browser.complaints}")
    return "a script that is written into a page does not run: the Content-Security-Policy keeps it out"


def sign_up_in_a_browser(site: Site, browser: Browser, elsewhere: Elsewhere) -> str:
    before = site.subscribers()
    browser.open(f"{site.url}/subscribe")
    browser.submit(address="grace@example.org")
    expect(browser.address == f"{site.url}/welcome", f"the form led to {browser.address}: {browser.text[:300]}")
    expect("You are on the list." in browser.text, f"the page says {browser.text[:300]}")
    expect(site.subscribers() == before + 1, "the subscriber was not counted")
    return "a reader signs up in a browser, past the CSRF check"


def welcome_mail_in_a_browser(site: Site, browser: Browser, elsewhere: Elsewhere) -> str:
    mail = site.wait_for_mail("grace@example.org")
    browser.open(f"{site.url}/__mail__/messages/{mail['id']}")
    expect("You are on the list of The Long Loop" in browser.text, f"the inbox shows {browser.text[:300]}")
    shown = browser.frame_text
    expect("Somebody typed grace@example.org into the form" in shown, f"the mail's frame shows {shown[:300]}")
    sandbox = browser.run("document.querySelector('iframe').sandbox.value").split()
    expect(not {"allow-scripts", "allow-same-origin"} & set(sandbox), f"its sandbox lets it {sandbox}")
    expect(not browser.complaints, f"the browser complains: {browser.complaints}")
    return "a browser shows the mail in the inbox, in a frame that runs no scripts"


def leave_in_a_browser(site: Site, browser: Browser, elsewhere: Elsewhere) -> str:
    before = site.subscribers()
    browser.open(site.url + link_to_leave(site.wait_for_mail("grace@example.org")))
    expect(not browser.complaints, f"the page of the link: {browser.complaints}")
    browser.submit()
    expect(browser.address == f"{site.url}/unsubscribed", f"the button led to {browser.address}: {browser.text[:300]}")
    expect("You are off the list." in browser.text, f"the page says {browser.text[:300]}")
    expect(site.subscribers() == before - 1, "the subscriber has not left")
    return "a reader leaves in a browser, with the link in the mail and the button behind it"


def forms_of_other_sites(site: Site, browser: Browser, elsewhere: Elsewhere) -> str:
    before = site.subscribers()
    target = f"{site.url}/subscribe"
    for origin in (elsewhere.friend, elsewhere.stranger):
        browser.open(elsewhere.form(origin, target, "mallory@example.org"))
        browser.wait_for_page(target)
        expect(browser.status == 403, f"the form of {origin} got the status {browser.status}: {browser.text[:300]}")
        expect("CSRF" in browser.text, f"the page does not say what refused it: {browser.text[:300]}")
        kept_out = [each for each in browser.complaints if "Content Security Policy" in each]
        expect(not kept_out, f"the page that refuses it: {kept_out}")
    expect(site.subscribers() == before, "somebody was signed up from elsewhere")
    return "the same form on another site, of this host or another, signs nobody up: 403"


def scripts_of_other_sites(site: Site, browser: Browser, elsewhere: Elsewhere) -> str:
    read = f"""fetch({json.dumps(site.url + "/api/issues")})
        .then(answer => answer.json()).then(found => found.issues.length, error => error.name)"""
    browser.open(elsewhere.stranger)
    refused = browser.run(read)
    expect(refused == "TypeError", f"a page of {elsewhere.stranger} read {refused!r}")
    expect(any("CORS policy" in each for each in browser.complaints), f"not for CORS: {browser.complaints}")
    browser.open(elsewhere.friend)
    allowed = browser.run(read)
    expect(allowed == 6, f"a page of {elsewhere.friend}, which is allowed to, read {allowed!r}: {browser.complaints}")
    return "scripts of another site cannot read the API, those of an allowed origin can"


#: The browser is open when they start; the newsletter lets scripts of ``elsewhere.friend`` read its API.
BROWSER_STEPS: tuple[Callable[[Site, Browser, Elsewhere], str], ...] = (
    every_page_in_a_browser,
    inline_script,
    sign_up_in_a_browser,
    welcome_mail_in_a_browser,
    leave_in_a_browser,
    forms_of_other_sites,
    scripts_of_other_sites,
)
