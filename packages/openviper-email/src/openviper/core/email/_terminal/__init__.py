"""What the commands ``send-test-email`` and ``preview-email`` do, and how it looks in a terminal; needs click."""
