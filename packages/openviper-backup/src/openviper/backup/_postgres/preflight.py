"""May this role restore here? All that says no is found before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from openviper.backup._postgres.contents import content_obstacles
from openviper.backup._postgres.obstacles import Obstacle, server_obstacles, session_obstacles, setting_obstacles
from openviper.backup._postgres.queries import identifier

if TYPE_CHECKING:
    from openviper.backup._postgres.live import LiveDatabase
    from openviper.backup._postgres.queries import Session
    from openviper.backup._postgres.site import Site

__all__ = ["beside_obstacles", "closed_obstacles", "creating_obstacles", "in_place_obstacles", "owning_obstacles"]


def creating_obstacles(site: Site, choice: str = "") -> Iterator[Obstacle]:
    """Find what keeps the role from making a database; ``choice``: what would do without."""
    if not site.role.may_create:
        yield Obstacle("it may not make databases", f"ALTER ROLE {identifier(site.role.name)} CREATEDB;{choice}")


def owning_obstacles(site: Site, live: LiveDatabase) -> Iterator[Obstacle]:
    """Find out whether the target belongs to another role."""
    if not live.is_owned:
        yield Obstacle(
            f"the database belongs to {live.owner!r}",
            f"GRANT {identifier(live.owner)} TO {identifier(site.role.name)};",
        )


def closed_obstacles(live: LiveDatabase) -> Iterator[Obstacle]:
    """Find out whether the target takes no connections."""
    if live.row["datconnlimit"] == -2:
        yield Obstacle("the database is half dropped", f"DROP DATABASE {identifier(live.name)};")
    elif not live.allows_connections:
        yield Obstacle(
            "the database allows no connections", f"ALTER DATABASE {identifier(live.name)} ALLOW_CONNECTIONS true;"
        )


def beside_obstacles(site: Site, live: LiveDatabase, inside: Session) -> Iterator[Obstacle]:
    """Find what stands in the way of a database beside the target, and of the swap; ``inside``: in the target."""
    options = site.options
    yield from server_obstacles(site.session, live)
    if site.role.is_superuser:
        return
    yield from session_obstacles(site.session, live, site.role)
    yield from setting_obstacles(site.session, live, site.role, options.skip_settings)
    yield from content_obstacles(inside, site.role, no_owner=options.no_owner, no_acl=options.no_acl)


def in_place_obstacles(site: Site, inside: Session) -> Iterator[Obstacle]:
    """Find what the target holds that this role could not drop, or make again; extensions stay."""
    yield from content_obstacles(inside, site.role, no_owner=False, no_acl=site.options.no_acl, keeps_extensions=True)
