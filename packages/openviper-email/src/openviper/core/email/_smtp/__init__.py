"""SMTP: connections that aiosmtplib opens, and on which messages then flow by a protocol of ours."""
