"""A Postfix of its own, below one folder; the machine's is not touched. It runs as root alone.

The tests start it, and the benchmarks, whose folder hides the standard library's email: import nothing that needs it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

__all__ = ["configure", "end", "setting", "start", "tool"]

#: Debian has them where only root's PATH looks.
PLACES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
SETTINGS = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
alias_maps =
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
"""
#: name, type, private, unprivileged, chroot, wakeup, most processes, command: master(5).
SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


def tool(name: str) -> str | None:
    """Return the path of one of Postfix's programs; ``None``: it is not installed."""
    return shutil.which(name, path=PLACES)


def setting(name: str) -> str:
    """Return a default of main.cf as this Postfix was built."""
    return _said(str(tool("postconf")), "-d", "-h", name).strip()


def configure(folder: Path, port: int, more: str) -> None:
    """Make what a Postfix needs below ``folder``, which exists.

    Args:
        folder: For its configuration, queue and log.
        port: Of 127.0.0.1.
        more: Lines of main.cf.
    """
    folder.chmod(0o755)
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", setting("mail_owner"))
    (folder / "etc" / "main.cf").write_text(SETTINGS.format(folder=folder) + more)
    (folder / "etc" / "master.cf").write_text(SERVICES.format(port=port))
    _said(str(tool("postfix")), "-c", str(folder / "etc"), "check")


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start it; it leads a session of its own, and listens a little later."""
    command = [f"{setting('daemon_directory')}/master", "-d", "-c", str(folder / "etc")]
    return subprocess.Popen(command, cwd="/", start_new_session=True)


def end(process: subprocess.Popen[bytes], seconds: float = 10) -> None:
    """End it and wait until nothing of its session is left."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    deadline = time.monotonic() + seconds
    while True:
        process.poll()
        try:
            os.killpg(process.pid, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL)
        except ProcessLookupError:
            return
        time.sleep(0.02)


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
