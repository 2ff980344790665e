"""Backups in a bucket of S3, or of what speaks as S3 does; by boto3, the extra ``s3``."""
