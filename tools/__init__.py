"""What ``./dev`` and nox share: the environment, the checks, and the steps of ``./dev test``.

Everything here runs on the standard library alone, but for the checks that say what else they import.
"""
