"""A plugin that counts the pages which an OpenViper site serves, and shows the count.

List ``pulse`` in INSTALLED_APPS and ``pulse.middleware.PulseMiddleware`` in MIDDLEWARE; include ``pulse.routes.router``
with ``namespace="pulse"``; write ``{% include "pulse/footer.html" %}`` into a template.
"""
