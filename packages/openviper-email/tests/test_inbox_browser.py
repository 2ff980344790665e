"""The inbox in Chromium, on a screen and on a phone, over a real server."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime

import pytest
import uvicorn
from inbox_browser import Browser, Elsewhere, find_chromium
from inbox_client import keep
from mail_programs import skip

from openviper.conf import override_settings
from openviper.core.email._sending.captured import Captured
from openviper.core.email.backends.memory import outbox
from openviper.core.email.inbox import inbox

DESKTOP, PHONE = (1280, 800), (390, 844)
# A pixel, as GIF.
RED = bytes.fromhex("47494638396101000100800000ff000000000021f90400000000002c00000000010001000002024401003b")

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def browser():
    """One window for all of these tests."""
    with Browser(find_chromium() or skip("Chromium is not on PATH")) as window:
        yield window


@pytest.fixture
def elsewhere():
    """Another server on this machine."""
    with Elsewhere() as server:
        yield server


@pytest.fixture
async def site():
    """The address of the inbox, served by uvicorn."""
    outbox.clear()
    listening = socket.create_server(("127.0.0.1", 0))
    # Without websockets, which old versions of uvicorn import with a warning.
    config = uvicorn.Config(inbox, ws="none", log_level="warning", lifespan="on", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    with override_settings(EMAIL_BACKEND="memory"):
        serving = asyncio.create_task(server.serve([listening]))
        await until(lambda: server.started)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving
    listening.close()
    outbox.clear()


def html_mail(html: str) -> str:
    return f"From: a@b.example\nTo: c@d.example\nSubject: The mail\nContent-Type: text/html\n\n{html}"


def hostile(url: str) -> str:
    """Return html that tries to run scripts, to load things from ``url``, and to lead the reader there."""
    return f"""<!doctype html><html><head><base href="{url}/base/"><title>x</title>
<meta http-equiv="refresh" content="0;url={url}/refresh"><meta http-equiv="x-dns-prefetch-control" content="on">
<link rel="preconnect" href="{url}"><link rel="dns-prefetch" href="{url}"><link rel="stylesheet" href="{url}/css">
<link rel="prefetch" href="{url}/prefetch"><link rel="preload" as="image" href="{url}/preload">
<link rel="icon" href="{url}/icon"><link rel="manifest" href="{url}/manifest"><link rel="modulepreload" href="{url}/m">
<script src="{url}/script"></script>
<script>fetch("{url}/fetch"); top.location = "{url}/top"; parent.document.title = "x"</script>
<script type="speculationrules">{{"prerender": [{{"urls": ["{url}/prerender"]}}]}}</script>
<style>@import url({url}/import); @font-face {{ font-family: f; src: url({url}/font) }}
body {{ font-family: f; background: url({url}/background); cursor: url({url}/cursor), auto }}</style></head>
<body background="{url}/body" onload="fetch('{url}/onload')">
<img src="{url}/img" onerror="fetch('{url}/onerror')"><img srcset="{url}/srcset 1x"><img src="/relative">
<picture><source srcset="{url}/source"><img></picture><input type="image" src="{url}/input">
<video autoplay src="{url}/video" poster="{url}/poster"><track src="{url}/track" default></video>
<audio autoplay src="{url}/audio"></audio>
<iframe src="{url}/iframe"></iframe><iframe srcdoc="<img src='{url}/srcdoc'><script>fetch('{url}/s')</script>"></iframe>
<object data="{url}/object"></object><embed src="{url}/embed">
<frameset><frame src="{url}/frame"></frameset>
<svg><image href="{url}/svg"/><use href="{url}/use#x"/><script>fetch("{url}/svgscript")</script>
<animate onbegin="fetch('{url}/begin')" attributeName="x" dur="1s"/></svg>
<form id="f" action="{url}/form" method="post"><input autofocus onfocus="fetch('{url}/focus')"></form>
<details open ontoggle="fetch('{url}/toggle')">x</details><marquee onstart="fetch('{url}/start')">x</marquee>
<math><mtext><img src="{url}/math"></mtext></math><p style="background-image:url({url}/style)">The words of the mail</p>
<template shadowrootmode="open"><img src="{url}/shadow"></template></body></html>"""


def frames(url: str) -> str:
    """Return html that is nothing but frames."""
    return f'<frameset cols="*,*"><frame src="{url}/a"><FRAME/src="{url}/b"></frameset>'


@pytest.mark.parametrize("html", [hostile, frames])
@pytest.mark.parametrize("page", ["/messages/m1", "/messages/m1/frame"])
async def test_a_hostile_mail_runs_nothing_and_asks_for_nothing(browser, site, elsewhere, page, html):
    """Neither in its frame nor in a tab of its own does it connect to anything, or lead away."""
    keep(html_mail(html(elsewhere.url)))
    await asyncio.to_thread(browser.look, *DESKTOP)
    await asyncio.to_thread(browser.open, site + page)
    await asyncio.to_thread(browser.pause, 1.0)
    assert elsewhere.asked == []
    assert elsewhere.connections == 0
    assert await asyncio.to_thread(browser.run, "location.href") == site + page
    if page == "/messages/m1":
        assert await asyncio.to_thread(browser.run, "document.title") == "The mail · Captured mail"


async def test_remote_images_are_loaded_when_the_reader_wants_it(browser, site, elsewhere):
    """Images alone, without saying where they are seen. (That also shows that the test above can fail.)"""
    keep(html_mail(hostile(elsewhere.url)))
    await asyncio.to_thread(browser.open, f"{site}/messages/m1/html?remote=1")
    await asyncio.to_thread(browser.pause, 1.0)
    paths = {path for _, path, _ in elsewhere.asked}
    images = {
        "/img",
        "/srcset",
        "/source",
        "/input",
        "/body",
        "/background",
        "/svg",
        "/math",
        "/poster",
        "/cursor",
        "/style",
        "/shadow",
    }
    assert "/img" in paths
    assert paths <= images
    assert not any("referer" in headers or "cookie" in headers for _, _, headers in elsewhere.asked)


async def test_an_inline_image_is_seen(browser, site):
    """The pixels are there, in the frame."""
    raw = html_mail("").replace("text/html", "multipart/related; boundary=b").encode()
    image = b"\n--b\nContent-Type: image/gif\nContent-ID: <red>\n\n"
    body = b"--b\nContent-Type: text/html\n\n<body style='margin:0'><img src=cid:red width=2000 height=2000>"
    content = (raw + body + image).replace(b"\n", b"\r\n") + RED + b"\r\n--b--\r\n"
    outbox.append(Captured("m1", datetime.now(UTC), content, "", ()), limit=9)
    await asyncio.to_thread(browser.look, *DESKTOP)
    await asyncio.to_thread(browser.open, site + "/messages/m1")
    x, y = await asyncio.to_thread(browser.run, _MIDDLE_OF_FRAME)
    await asyncio.to_thread(browser.pause, 0.5)
    assert await asyncio.to_thread(pixel, browser, int(x), int(y)) == [255, 0, 0]


async def test_a_link_of_a_mail_opens_a_tab(browser, site, elsewhere):
    """Without a referrer, and not in the frame: links that confirm something can be followed."""
    keep(
        html_mail(
            f'<body style="margin:0"><a href="{elsewhere.url}/confirm" style="position:fixed;inset:0">Confirm</a>'
        )
    )
    await asyncio.to_thread(browser.look, *DESKTOP)
    await asyncio.to_thread(browser.open, site + "/messages/m1")
    x, y = await asyncio.to_thread(browser.run, _MIDDLE_OF_FRAME)

    def confirmed():
        # The frame may not be painted yet; what is pressed then is the page.
        browser.click_at(x, y)
        browser.pause(0.3)
        return any(path == "/confirm" for _, path, _ in elsewhere.asked)

    await until(confirmed)
    headers = next(headers for _, path, headers in elsewhere.asked if path == "/confirm")
    assert "referer" not in headers
    assert headers["sec-fetch-dest"] == "document"
    assert await asyncio.to_thread(browser.run, "location.href") == site + "/messages/m1"


async def test_the_reader_clears_the_inbox(browser, site):
    """By two buttons, of which the second says how many; the list is empty then, and says so."""
    keep(html_mail("x"))
    keep(html_mail("x"), id="m2")
    await asyncio.to_thread(browser.open, site + "/")
    await asyncio.to_thread(browser.press, ".tools .danger")
    assert await asyncio.to_thread(browser.run, "document.querySelector('button').innerText") == "Delete 2 messages"
    assert len(outbox) == 2
    await asyncio.to_thread(browser.press, "form[method=post] button")
    assert "No mail yet" in await asyncio.to_thread(browser.run, "document.body.innerText")
    assert len(outbox) == 0
    assert await asyncio.to_thread(browser.run, "location.href") == site + "/"


async def test_the_reader_deletes_one_message(browser, site):
    """On its page; the others stay."""
    keep(html_mail("x"))
    keep(html_mail("x"), id="m2")
    await asyncio.to_thread(browser.open, site + "/messages/m1")
    await asyncio.to_thread(browser.press, "form[method=post] button")
    assert await asyncio.to_thread(browser.run, "location.href") == site + "/"
    assert [each.id for each in outbox] == ["m2"]


async def test_a_page_of_another_origin_reads_and_clears_nothing(browser, site, elsewhere):
    """It may post a form and fetch and embed what it likes: every one is refused."""
    keep(html_mail("secret words"))
    elsewhere.page = f"""<!doctype html><title>waiting</title><iframe src="{site}/"></iframe>
<iframe name="into"></iframe><form method="post" action="{site}/clear" target="into"></form><script>
(async () => {{
  document.forms[0].submit()
  await fetch("{site}/clear", {{method: "POST", mode: "no-cors", credentials: "include"}}).catch(() => 0)
  await fetch("{site}/api/messages", {{method: "DELETE"}}).catch(() => 0)
  const text = await fetch("{site}/api/messages").then(r => r.text()).catch(() => "refused")
  await new Promise(resolve => setTimeout(resolve, 500))
  document.title = text
}})()</script>""".encode()
    await asyncio.to_thread(browser.open, elsewhere.url)
    await until(lambda: browser.run("document.title") != "waiting")
    assert await asyncio.to_thread(browser.run, "document.title") == "refused"
    assert len(outbox) == 1


PAGES = [
    "/",
    "/clear",
    "/?q=nobody",
    "/?watch=1",
    "/messages/m1",
    "/messages/m1/html?width=narrow",
    "/messages/m1/text",
    "/messages/m1/headers",
    "/messages/m1/source",
    "/messages/m1/attachments",
    "/previews",
    "/nothing",
]
_CHECKS = """(() => {
  const all = selector => [...document.querySelectorAll(selector)]
  const name = each => (each.getAttribute("aria-label") || each.textContent || each.title || "").trim()
  const problems = []
  if (document.documentElement.scrollWidth > innerWidth)
    problems.push("it scrolls sideways: " + document.documentElement.scrollWidth)
  for (const landmark of ["main", "header.bar", "nav", "footer", "h1"])
    if (all(landmark).length < 1) problems.push("no " + landmark)
  if (all("h1").length !== 1 || all("main").length !== 1) problems.push("not one h1 and one main")
  if (!document.documentElement.lang || !document.title) problems.push("no language or no title")
  if (all("script, [style], [onclick]").length) problems.push("a script or a style attribute")
  for (const each of all("a, button, nav, iframe"))
    if (!name(each)) problems.push("no name: " + each.outerHTML.slice(0, 99))
  for (const each of all("img:not([alt])")) problems.push("no alt: " + each.src)
  for (const each of all("input:not([type=hidden])")) if (!each.labels.length) problems.push("no label: " + each.name)
  for (const each of all(".button, button, .tabs a"))
    if (each.offsetParent && each.getBoundingClientRect().height < 32) problems.push("too small: " + name(each))
  for (const each of all("main *")) {
    const box = each.getBoundingClientRect()
    if (box.width && box.right > innerWidth + 1 && !each.closest(".tabs, pre, .scroll, .hidden, .frame"))
      problems.push("over the edge: " + each.outerHTML.slice(0, 99))
  }
  for (const each of all(".tabs, .facts, .heading, .mails"))
    if (each.scrollHeight > each.clientHeight + 1) problems.push("it scrolls up and down: " + each.className)
  const rgb = color => color.match(/[\\d.]+/g).map(Number)
  const linear = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4
  const light = color => { const [r, g, b] = rgb(color).map(v => linear(v / 255))
    return .2126 * r + .7152 * g + .0722 * b }
  const ground = each => { for (; each; each = each.parentElement) {
    const color = getComputedStyle(each).backgroundColor
    if ((rgb(color)[3] ?? 1) === 1) return color } return "rgb(255, 255, 255)" }
  for (const each of all("body *")) {
    if (![...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()) || !each.offsetParent) continue
    const [a, b] = [light(getComputedStyle(each).color), light(ground(each))]
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05)
    if (contrast < 4.5) problems.push("contrast " + contrast.toFixed(1) + ": " + each.outerHTML.slice(0, 99))
  }
  return problems
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_every_page_fits_and_can_be_used(browser, site, size, scheme):
    """No sideways scrolling, names for all controls, landmarks, contrast of 4.5 (WCAG 2.2, AA), fingers fit."""
    long = "w" * 300
    keep(
        f"From: {long} <{long}@example.org>\nTo: {long}@example.org\nSubject: {long}\nX-{long[:150]}: {long}\n"
        f"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello https://example.org/{long} {long}\n"
        f"--b\nContent-Type: text/html\n\n<p style='width:3000px'>wide <img src=//x/><img src=cid:{long}>\n"
        f"--b\nContent-Type: application/{long}\nContent-ID: <{long}>\n"
        f'Content-Disposition: attachment; filename="{long}.pdf"\n\nx\n'
    )
    for number in range(60):
        keep(f"From: Ada <ada@example.org>\nTo: b@example.org\nSubject: number {number}\n\nx", id=f"n{number}")
    await asyncio.to_thread(browser.look, *size, scheme)
    for page in PAGES:
        await asyncio.to_thread(browser.open, site + page)
        assert await asyncio.to_thread(browser.run, _CHECKS) == [], page
    ground = await asyncio.to_thread(browser.run, "getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(246, 248, 246)" if scheme == "light" else "rgb(15, 19, 17)")


# Whether all of the recipient is seen, and whether anything is of the sender; of the row of a message.
_WHO = """[...document.querySelectorAll(".who")].map(who => {
  const [to, from] = [who.querySelector(".to"), who.querySelector(".from")].map(each => each.getBoundingClientRect())
  const box = who.getBoundingClientRect()
  const is_whole = who.querySelector(".to bdi").getBoundingClientRect().right <= box.right + 1
  return [to.left < from.left || from.top >= box.bottom - 1, is_whole, from.top < box.bottom - 1]
})"""
_PLACEHOLDER = """(input => {
  const context = document.createElement("canvas").getContext("2d"), style = getComputedStyle(input)
  context.font = style.font
  return context.measureText(input.placeholder).width
    <= input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
})(document.querySelector("#q"))"""
_SIDEWAYS = "(each => each.scrollWidth - each.clientWidth)(document.querySelector('.tabs'))"
_TAB_ROWS = "new Set([...document.querySelectorAll('.tabs a')].map(each => each.offsetTop)).size"


async def test_a_phone_shows_to_whom_mail_goes(browser, site):
    """The recipient first and whole, the sender where there is room; what can be looked for; all tabs in one row."""
    files = "Content-Disposition: attachment; filename=a.txt\n\nx\n"
    mixed = f"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\nx\n--b\n{files}--b--\n"
    sender = "The Newsletter of the Society <news@example.org>"
    keep(f"From: {sender}\nTo: ada@example.org\nSubject: s\n{mixed}", id="short")
    keep(f"From: {sender}\nTo: augusta.ada.king@example.org\nSubject: s\n\nx", id="long")
    await asyncio.to_thread(browser.look, *PHONE)
    await asyncio.to_thread(browser.open, site + "/")
    assert await asyncio.to_thread(browser.run, _WHO) == [[True, True, False], [True, True, True]]
    assert await asyncio.to_thread(browser.run, _PLACEHOLDER)
    await asyncio.to_thread(browser.open, site + "/messages/short")
    for width in (390, 360):
        await asyncio.to_thread(browser.look, width, 800)
        assert await asyncio.to_thread(browser.run, _SIDEWAYS) == 0
        assert await asyncio.to_thread(browser.run, _TAB_ROWS) == 1


@pytest.mark.parametrize("size", [(720, 800), DESKTOP], ids=["tablet", "desktop"])
async def test_a_long_sender_leaves_room_for_the_recipient(browser, site, size):
    """It is cut off first."""
    keep(f"From: {'The Newsletter of the Society ' * 9}<news@example.org>\nTo: ada@example.org\nSubject: s\n\nx")
    await asyncio.to_thread(browser.look, *size)
    await asyncio.to_thread(browser.open, site + "/")
    assert await asyncio.to_thread(browser.run, _WHO) == [[False, True, True]]


async def test_the_keyboard_reaches_everything(browser, site):
    """The first stop leads past the bar; the focus can be seen."""
    keep(html_mail("x"))
    await asyncio.to_thread(browser.look, *DESKTOP)
    await asyncio.to_thread(browser.open, site + "/")
    stops = []
    for _ in range(9):
        for kind in ("keyDown", "keyUp"):
            await asyncio.to_thread(
                browser.call, "Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9
            )
        stops.append(
            await asyncio.to_thread(
                browser.run,
                "(e => [e.innerText || e.name || '', getComputedStyle(e).outlineStyle])(document.activeElement)",
            )
        )
    names = [name.strip() for name, _ in stops]
    assert names[0] == "Skip to the content"
    for name in ("Inbox", "Previews", "q", "Refresh"):
        assert name in names
    assert all(outline == "solid" for name, outline in stops if name and name != "The mail")


_MIDDLE_OF_FRAME = """(box => [box.left + box.width / 2, box.top + Math.min(box.height, innerHeight - box.top) / 2])(
  document.querySelector("iframe").getBoundingClientRect())"""


async def until(condition):
    """Wait until it is so, for ten seconds."""
    async with asyncio.timeout(10):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - what is waited for is another program
            await asyncio.sleep(0.02)


def pixel(browser, x, y):
    """Return the colour of a pixel of what is seen, as the browser itself decodes its screenshot."""
    import base64

    picture = base64.b64encode(browser.screenshot()).decode()
    browser.open("about:blank")
    return browser.run(
        f"""(async () => {{
          const image = new Image()
          image.src = "data:image/png;base64,{picture}"
          await image.decode()
          const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d")
          canvas.drawImage(image, 0, 0)
          return [...canvas.getImageData({x}, {y}, 1, 1).data].slice(0, 3)
        }})()"""
    )
