"""Which documented command and app comes with which distribution, so that an error can say what to install."""

from __future__ import annotations

__all__ = ["APPS", "COMMANDS", "RELEASED", "available_with"]

#: The distributions that can be installed today.
RELEASED: frozenset[str] = frozenset(
    {
        "openviper-backup",
        "openviper-cli",
        "openviper-core",
        "openviper-email",
        "openviper-http",
        "openviper-middleware",
    }
)

#: Command of ``openviper viperctl`` -> distribution.
COMMANDS: dict[str, str] = {
    "apps": "openviper-cli",
    "backup-db": "openviper-backup",
    "changepassword": "openviper-auth",
    "check": "openviper-cli",
    "collectstatic": "openviper-http",
    "console": "openviper-cli",
    "create-app": "openviper-cli",
    "create-command": "openviper-cli",
    "create-provider": "openviper-cli",
    "createsuperuser": "openviper-auth",
    "list-backups": "openviper-backup",
    "makemigrations": "openviper-db",
    "migrate": "openviper-db",
    "preview-email": "openviper-email",
    "prune-backups": "openviper-backup",
    "restore-db": "openviper-backup",
    "routes": "openviper-http",
    "send-test-email": "openviper-email",
    "settings": "openviper-cli",
    "start-server": "openviper-cli",
    "start-worker": "openviper-tasks",
    "test": "openviper-cli",
    "verify-db": "openviper-backup",
}

#: App or module -> distribution.
APPS: dict[str, str] = {
    "openviper.admin": "openviper-admin",
    "openviper.ai": "openviper-ai",
    "openviper.app": "openviper-http",
    "openviper.auth": "openviper-auth",
    "openviper.backup": "openviper-backup",
    "openviper.cli": "openviper-cli",
    "openviper.core.email": "openviper-email",
    "openviper.core.flexible_adapter": "openviper-cli",
    "openviper.db": "openviper-db",
    "openviper.http": "openviper-http",
    "openviper.middleware": "openviper-middleware",
    "openviper.routing": "openviper-http",
    "openviper.staticfiles": "openviper-http",
    "openviper.tasks": "openviper-tasks",
    "openviper.testing": "openviper-http",
}


def available_with(name: str) -> str | None:
    """Say where a documented command or app (or a module inside one) comes from; ``None`` for any other name.

    ``"comes with openviper-http: pip install openviper-http"``, or
    ``"comes with openviper-auth, not released yet"``.
    """
    distribution = COMMANDS.get(name)
    while distribution is None and name:
        distribution = APPS.get(name)
        name = name.rpartition(".")[0]
    if distribution is None:
        return None
    if distribution in RELEASED:
        return f"comes with {distribution}: pip install {distribution}"
    return f"comes with {distribution}, not released yet"
