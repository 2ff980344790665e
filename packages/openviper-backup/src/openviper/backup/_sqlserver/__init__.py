"""SQL Server by sqlcmd: command construction tested, never run against a server."""
