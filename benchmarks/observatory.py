"""What Mozilla's HTTP Observatory says of the example project's real responses, offline.

Its scanner is run unchanged, with Node, from its npm package; the site is served twice by uvicorn, by HTTP and by HTTPS
with a certificate that is made for the occasion. Two things stand in for the network: every connection goes to this
machine, and the list of hosts that browsers preload is empty.

This folder is the first on sys.path, and http.py hides the standard library's http: import nothing that needs it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from environment import BENCH, HERE, ROOT, conditions, prepare, run
from report import choose, command_line, conclude, table, verdict
from server import CONTESTANTS, Server, end_servers_on_sigterm, serve, wait_until_it_accepts

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

__all__ = ["main"]

NODE, SCANNER = 20, "@mdn/mdn-http-observatory@1.4.8"
HOST = "newsletter.example"
EXAMPLE = ROOT / "examples" / "newsletter"


@dataclass(frozen=True, slots=True)
class Site:
    """What is scanned."""

    title: str
    application: str
    #: Without a bar for those that are here for scale.
    least: int | None = None
    path: str = ""
    folder: Path = EXAMPLE
    environ: Mapping[str, str] = field(default_factory=dict)


def newsletter(preset: str, least: int, path: str = "") -> Site:
    """The example, set up by the environment as one would for production; ``path``: what is asked for."""
    environ = {
        "OPENVIPER_SETTINGS_MODULE": "newsletter.settings",
        "OPENVIPER_ALLOWED_HOSTS": HOST,
        "OPENVIPER_SECRET_KEY": "not a secret: it signs what nobody else sees, 0123456789",
        "OPENVIPER_SECURE_SSL_REDIRECT": "true",
        "OPENVIPER_SECURITY_PRESET": preset,
    }
    title = f"newsletter, `{preset}`, {path or '/'}"
    return Site(title, "newsletter.app:app", least, path, environ=environ)


SITES = {
    "strict": newsletter("strict", 125),
    "api": newsletter("api", 130, "/api"),
    "django": Site("Django's defaults and SECURE_SSL_REDIRECT, /", "django_site:application", folder=CONTESTANTS),
}


def scan(site: Site, folder: Path) -> dict[str, Any]:
    """Serve ``site`` by HTTP and HTTPS, and return what the Observatory says; ``folder``: for files, empty."""
    certificate, key = make_certificate(folder)
    environ = {**site.environ, "OPENVIPER_NEWSLETTER_DATABASE": str(folder / "newsletter.sqlite3")}
    with ExitStack() as stack:
        ports = []
        for options in ((), (f"--ssl-certfile={certificate}", f"--ssl-keyfile={key}")):
            server = serve(
                site.title, site.application, "--no-access-log", *options, folder=site.folder, environ=environ
            )
            ports.append(started(stack.enter_context(server)))
        command = ["node", str(HERE / "observatory.mjs"), HOST + site.path, *map(str, ports)]
        return dict(json.loads(run(command, {"NODE_EXTRA_CA_CERTS": str(certificate), "NO_PROXY": "*"})))


def started(server: Server) -> int:
    wait_until_it_accepts(server)
    return server.port


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the host, signed by itself and good for a day, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "1"]
    name = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    run(["openssl", "req", *kind, *name, "-keyout", str(key), "-out", str(certificate)])
    return certificate, key


def install_scanner() -> str:
    """Bring the npm package into ``.bench/``; return its version."""
    # Its own scripts would fetch lists from the network.
    run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix", str(BENCH), SCANNER])
    package = BENCH / "node_modules" / "@mdn" / "mdn-http-observatory"
    (package / "conf" / "hsts-preload.json").write_text("{}")
    return str(json.loads((package / "package.json").read_text())["version"])


def what_is_missing() -> str | None:
    """Why nothing can be scanned here, or ``None``."""
    for tool in ("node", "npm", "openssl"):
        if not shutil.which(tool):
            return f"{tool} is not on PATH"
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)", told)
    if version is None or int(version[1]) < NODE:
        return f"Node {NODE} or newer is needed, this is {told.strip() or 'none'}"
    return None


def report(scans: dict[str, dict[str, Any]]) -> str:
    rows = [summary(name, found["scan"]) for name, found in scans.items()]
    bars = [bar(SITES[name], found["scan"]) for name, found in scans.items() if SITES[name].least is not None]
    tests = list(dict.fromkeys(test for found in scans.values() for test in found["tests"]))
    points = [[test, *(points_of(found["tests"][test]) for found in scans.values())] for test in tests]
    return "\n\n".join(
        [
            "100 points to begin with; 90 without extra points are wanted before extra points count.",
            table(["", "score", "grade", "tests passed"], rows),
            table(["points", *(SITES[name].title for name in scans)], points),
            *([table(["bar", "measured", ""], bars)] if bars else []),
        ]
    )


def summary(name: str, scan: Mapping[str, Any]) -> list[str]:
    passed = f"{scan['testsPassed']}/{scan['testsQuantity']}"
    return [SITES[name].title, str(scan["score"]), scan["grade"], passed]


def bar(site: Site, scan: Mapping[str, Any]) -> list[str]:
    least = site.least or 0
    return [f"{site.title} >= {least}", str(scan["score"]), verdict(held=scan["score"] >= least)]


def points_of(test: Mapping[str, Any]) -> str:
    return f"{test['scoreModifier']:+d} {test['result']}"


def arguments() -> argparse.Namespace:
    parser = command_line(__doc__, SITES)
    given = parser.parse_args()
    given.names = choose(parser, given.only, SITES)
    if given.write and given.only:
        parser.error("--write wants all sites")
    return given


def main() -> None:
    given = arguments()
    if missing := what_is_missing():
        # Not an error: the other benchmarks need no Node.
        print(f"skipped, nothing is scanned: {missing}")
        return
    end_servers_on_sigterm()
    prepare(local=True)
    version = install_scanner()
    scans = {}
    for name in given.names:
        with tempfile.TemporaryDirectory() as folder:
            scans[name] = scan(SITES[name], Path(folder))
    before = conditions(["openviper-core", "openviper-http", "openviper-middleware", "django", "uvicorn"])
    text = f"{before} mdn-http-observatory {version}.\n\n{report(scans)}"
    conclude("observatory", text, write=given.write)


if __name__ == "__main__":
    main()
