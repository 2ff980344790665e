"""Between ``send_email`` and a backend: composing, mailers, attempts, batches, jobs, and what was captured."""
