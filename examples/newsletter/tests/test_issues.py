"""The archive: pages and JSON."""

from __future__ import annotations

import re
from datetime import date

import pytest


async def numbers(client, url):
    return [issue["number"] for issue in (await client.get(url)).json()["issues"]]


async def test_the_archive_lists_all_issues(site):
    """The newest first."""
    assert re.findall(r'<h3><a href="/issues/(\d+)"', (await site.get("/issues")).text) == list("654321")


@pytest.mark.parametrize(("number", "older", "newer"), [(1, None, 2), (3, 2, 4), (6, 5, None)])
async def test_an_issue_leads_to_its_neighbours(site, number, older, newer):
    """The first and the last have one neighbour each."""
    text = (await site.get(f"/issues/{number}")).text
    for relation, expected in (("prev", older), ("next", newer)):
        found = re.search(rf'rel="{relation}"[^>]*href="/issues/(\d+)"', text)
        assert (int(found[1]) if found else None) == expected


@pytest.mark.parametrize("path", ["/issues/0", "/issues/7", f"/issues/{2**63}", f"/issues/{10**40}", "/issues/one"])
async def test_an_issue_that_is_not_there_is_a_404(site, path):
    """Whatever number is asked for, also one that the database could not hold."""
    assert (await site.get(path)).status_code == 404
    assert (await site.get(f"/api{path}", headers={"Accept": "application/json"})).status_code == 404


async def test_an_issues_text_is_never_markup(site, project):
    """What stands in the database is shown as it is, paragraph by paragraph."""
    from newsletter.database import get_database

    def work(connection):
        connection.execute(
            "UPDATE issues SET title = '<b>&', body = '<script>x</script>\n\n  \n\nlast' WHERE number = 2"
        )

    await get_database().write(work)
    text = (await site.get("/issues/2")).text
    assert "<h1>&lt;b&gt;&amp;</h1>" in text
    assert "<p>&lt;script&gt;x&lt;/script&gt;</p>" in text
    assert text.count("<p>last</p>") == 1


async def test_the_api_hands_out_page_by_page(site):
    """Following ``next`` yields every issue once, and ends."""
    url, seen = "/api/issues?limit=4", []
    while url:
        answer = (await site.get(url)).json()
        seen += [issue["number"] for issue in answer["issues"]]
        url = answer["next"]
    assert seen == [6, 5, 4, 3, 2, 1]


async def test_the_api_has_what_the_page_has(site):
    """One issue: date, address of its page, and its text, which the list leaves out."""
    one = (await site.get("/api/issues/6")).json()
    assert date.fromisoformat(one["published"]) == date(2026, 11, 1)
    assert one["url"] == "http://localhost/issues/6"
    assert one["body"].strip().startswith("A deployment")
    assert "body" not in (await site.get("/api/issues")).json()["issues"][0]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=-1", "limit=", "limit=many", "limit=1_0", "limit=%D9%A1", "limit=" + "9" * 5000,
     "before=0", "before=1.5", "before=%00", "before='; DROP TABLE issues; --"],
)  # fmt: skip
async def test_a_query_that_is_no_number_is_refused(site, query):
    """400, with the parameter's name and what would be accepted; the next request is served."""
    answer = await site.get(f"/api/issues?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{query.partition('=')[0]}=")
    assert "is not a whole number from 1 to" in answer.json()["detail"]
    assert len(await numbers(site, "/api/issues")) == 6


async def test_the_archive_has_older_pages_when_it_is_long(site):
    """Twenty to a page; the link leads to the rest."""
    from newsletter.database import get_database

    def work(connection):
        connection.executemany(
            "INSERT INTO issues VALUES (?, 't', 's', 'b', '2026-12-06')", [(number,) for number in range(7, 24)]
        )

    await get_database().write(work)
    first = (await site.get("/issues")).text
    link = re.search(r'href="(/issues\?before=\d+)"', first)[1]
    rest = (await site.get(link)).text
    found = [re.findall(r'<h3><a href="/issues/(\d+)"', text) for text in (first, rest)]
    assert [len(each) for each in found] == [20, 3]
    assert found[1] == ["3", "2", "1"]
    assert "Older issues" not in rest


async def test_an_empty_archive_says_so(site):
    """No issue is no error."""
    from newsletter.database import get_database

    await get_database().write(lambda connection: connection.execute("DELETE FROM issues").rowcount)
    assert "Nothing has been published yet." in (await site.get("/")).text
