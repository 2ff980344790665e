"""What attachments are made of: files, what may be fetched from where, names and media types."""
