"""From a backup file to what stands beside a database: what restores and verifications share."""
