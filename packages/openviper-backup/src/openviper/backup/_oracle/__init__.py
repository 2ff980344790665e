"""Oracle by Data Pump: command construction tested, never run against a server."""
