"""What comes by mail, as the inbox of debug mode shows it, and how readers leave."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from running import Site, expect, expect_page

__all__ = ["POSTBOX_STEPS", "link_to_leave"]

BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
#: Where the site of those who send the issue is: behind a web server, with https.
PUBLIC = "https://newsletter.example"


def header(mail: dict[str, Any], name: str) -> str:
    """Return a header of a mail, empty where it has none."""
    return next((str(value) for each, value in mail["headers"] if each.lower() == name.lower()), "")


def link_to_leave(mail: dict[str, Any]) -> str:
    """Return the path of the link by which the reader of a mail leaves; it is the same in text and html."""
    text, html = (re.findall(r"https?://[^\s<>\"]+/unsubscribe/[^\s<>\"]+", mail[part]) for part in ("text", "html"))
    links = {str(each) for each in (*text, *html)}
    expect(bool(text and html) and len(links) == 1, f"the links to leave are {text} and {html}")
    return urlsplit(links.pop()).path


def _sign_up(site: Site, address: str) -> str:
    """Sign up, and return the path of the link to leave."""
    answer = site.ask("POST", "/subscribe", form={"address": address}, headers=BROWSER)
    expect(answer.status == 303, f"the form answers {answer.status}: {answer.text[:300]}")
    return link_to_leave(site.wait_for_mail(address))


def welcome_mail(site: Site) -> str:
    mail = site.wait_for_mail("ada@example.org")
    expect(mail["subject"] == "You are on the list of The Long Loop", f"the subject is {mail['subject']}")
    expect(mail["envelope_recipients"] == ["ada@example.org"], f"it went to {mail['envelope_recipients']}")
    expect(header(mail, "auto-submitted") == "auto-generated", "out-of-office programs would answer it")
    expect("You are on the list." in mail["text"], f"its text is {mail['text']}")
    expect("<h1>You are on the list.</h1>" in mail["html"], f"its html is {mail['html']}")
    expect(not mail["problems"], f"the inbox complains: {mail['problems']}")
    expect(not site.inbox("mallory"), "somebody who was refused got mail")
    return "a new subscriber gets the welcome mail, once, and nobody else does"


def no_headers_from_the_form(site: Site) -> str:
    before = len(site.inbox())
    for typed in (
        "eve@example.org\r\nBcc: all@example.org",
        "eve@example.org\nBcc: all@example.org",
        "eve@example.org%0d%0aBcc:all@example.org",
        "eve@example.org, all@example.org",
        "Eve <eve@example.org>",
        "eve@example.org\u2028Bcc: all@example.org",
    ):
        expect_page(site.ask("POST", "/subscribe", form={"address": typed}, headers=BROWSER), 422)
    expect(len(site.inbox()) == before, "one of them was sent")
    return "more than an address in the form's field sends nothing"


def leave_by_the_link(site: Site) -> str:
    path = _sign_up(site, "edsger@example.org")
    before = site.subscribers()
    expect_page(site.ask("GET", path, headers=BROWSER), 200, "Do you want to leave?", 'method="post"')
    expect(site.subscribers() == before, "looking at the page was enough to leave")
    for _ in range(2):
        answer = site.ask("POST", path, form={}, headers=BROWSER)
        expect((answer.status, answer.headers.get("location")) == (303, "/unsubscribed"), f"it is {answer.status}")
        expect(site.subscribers() == before - 1, "the subscriber has not left, or somebody else has too")
    expect_page(site.ask("GET", "/unsubscribed", headers=BROWSER), 200, "You are off the list.")
    return "the mail's link leads to a button, and the button off the list; pressed again, it says the same"


def leave_by_one_click(site: Site) -> str:
    path = _sign_up(site, "barbara@example.org")
    before = site.subscribers()
    form = {"List-Unsubscribe": "One-Click"}
    head, _, signature = path.rpartition(".")
    for forged in (f"{head}.{signature[::-1]}", head, "/unsubscribe/1.1700000000.AAAA", "/unsubscribe/%00"):
        expect_page(site.ask("POST", forged, form=form), 404)
    expect(site.subscribers() == before, "a forged link unsubscribed somebody")
    expect_page(site.ask("POST", path, form=form), 200, "You are off the list.")
    expect(site.subscribers() == before - 1, "the subscriber has not left")
    return "a mail program's one click unsubscribes, without cookies; a forged link does not"


def issue_to_all(site: Site) -> str:
    readers = site.subscribers()
    said = site.send_issue(6, PUBLIC)
    expect(f"{readers} sent, 0 refused" in said, f"it says {said}")
    mails = site.inbox("Stopping well")
    to = Counter(each for mail in mails for each in mail["envelope_recipients"])
    expect(len(to) == readers and set(to.values()) == {1}, f"{readers} readers got {to}")
    left = {"edsger@example.org", "barbara@example.org"}
    expect(not left & set(to), f"{left & set(to)} have left, and got it")
    links = {link_to_leave(mail) for mail in mails}
    expect(len(links) == readers, "some mails have the same link to leave")
    for mail in mails:
        expect(header(mail, "list-unsubscribe") == f"<{PUBLIC}{link_to_leave(mail)}>", "its header has another link")
        expect(header(mail, "list-unsubscribe-post") == "List-Unsubscribe=One-Click", "it takes no one click")
        expect("Stopping well is a sequence." in mail["text"], f"its text is {mail['text']}")
    return f"an issue is sent to all {readers} subscribers, each with a link of their own to leave"


def issue_again(site: Site) -> str:
    before = len(site.inbox())
    said = site.send_issue(6, PUBLIC)
    expect("0 sent, 0 refused" in said, f"it says {said}")
    expect(len(site.inbox()) == before, "somebody got it again")
    return "sent again, it is sent to nobody who has it"


POSTBOX_STEPS: tuple[Callable[[Site], str], ...] = (
    welcome_mail,
    no_headers_from_the_form,
    leave_by_the_link,
    leave_by_one_click,
    issue_to_all,
    issue_again,
)
