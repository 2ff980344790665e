"""The types that names stand for."""

from __future__ import annotations

__all__ = ["EXTENSIONS", "REFINED"]

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

#: By extension, in lower case and without the dot. Of several for one type the first is the usual one.
#: Not eml: message/rfc822 must not stand in base64 (RFC 2046, section 5.2.1).
EXTENSIONS = {
    # Text.
    "txt": "text/plain",
    "log": "text/plain",
    "text": "text/plain",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "md": "text/markdown",
    "markdown": "text/markdown",
    "html": "text/html",
    "htm": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "diff": "text/x-diff",
    "patch": "text/x-diff",
    "py": "text/x-python",
    "rtf": "application/rtf",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "geojson": "application/geo+json",
    "xml": "application/xml",
    "xhtml": "application/xhtml+xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "toml": "application/toml",
    "sql": "application/sql",
    "tex": "application/x-tex",
    "gpx": "application/gpx+xml",
    "kml": "application/vnd.google-earth.kml+xml",
    # Documents.
    "pdf": "application/pdf",
    "ps": "application/postscript",
    "eps": "application/postscript",
    "doc": "application/msword",
    "dot": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
    "docx": f"{_OOXML}wordprocessingml.document",
    "dotx": f"{_OOXML}wordprocessingml.template",
    "docm": "application/vnd.ms-word.document.macroenabled.12",
    "xlsx": f"{_OOXML}spreadsheetml.sheet",
    "xltx": f"{_OOXML}spreadsheetml.template",
    "xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "pptx": f"{_OOXML}presentationml.presentation",
    "ppsx": f"{_OOXML}presentationml.slideshow",
    "potx": f"{_OOXML}presentationml.template",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    "odt": f"{_ODF}text",
    "ott": f"{_ODF}text-template",
    "ods": f"{_ODF}spreadsheet",
    "ots": f"{_ODF}spreadsheet-template",
    "odp": f"{_ODF}presentation",
    "otp": f"{_ODF}presentation-template",
    "odg": f"{_ODF}graphics",
    "epub": "application/epub+zip",
    # Images.
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "heic": "image/heic",
    "heif": "image/heif",
    "svg": "image/svg+xml",
    "bmp": "image/bmp",
    "ico": "image/vnd.microsoft.icon",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "psd": "image/vnd.adobe.photoshop",
    # Sound and video.
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "mid": "audio/midi",
    "midi": "audio/midi",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "avi": "video/x-msvideo",
    "mkv": "video/matroska",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "3gp": "video/3gpp",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    # Archives and data.
    "zip": "application/zip",
    "gz": "application/gzip",
    "tgz": "application/gzip",
    "bz2": "application/x-bzip2",
    "xz": "application/x-xz",
    "zst": "application/zstd",
    "7z": "application/x-7z-compressed",
    "rar": "application/vnd.rar",
    "tar": "application/x-tar",
    "jar": "application/java-archive",
    "apk": "application/vnd.android.package-archive",
    "kmz": "application/vnd.google-earth.kmz",
    "wasm": "application/wasm",
    "sqlite": "application/vnd.sqlite3",
    "sqlite3": "application/vnd.sqlite3",
    "parquet": "application/vnd.apache.parquet",
    "exe": "application/vnd.microsoft.portable-executable",
    "dll": "application/vnd.microsoft.portable-executable",
    # Fonts.
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "otf": "font/otf",
    # Keys and signatures.
    "asc": "application/pgp-signature",
    "p7s": "application/pkcs7-signature",
    "p7m": "application/pkcs7-mime",
    "pem": "application/x-pem-file",
    "crt": "application/x-x509-ca-cert",
}


def _of(*extensions: str) -> dict[str, str]:
    return {extension: EXTENSIONS[extension] for extension in extensions}


#: What holds several types that only the name tells apart: by the one that was found.
REFINED = {
    "application/x-ole-storage": _of("doc", "dot", "xls", "ppt", "msg"),
    "application/ogg": _of("ogg", "oga", "opus", "ogv"),
    # What says nothing of itself, or only in a first entry that plain zip programs put elsewhere. Not docx and its
    # like: each has an entry that no other archive has.
    "application/zip": _of("kmz", "odt", "ott", "ods", "ots", "odp", "otp", "odg", "epub", "jar", "apk"),
    EXTENSIONS["docx"]: _of("dotx"),
    EXTENSIONS["xlsx"]: _of("xltx"),
    EXTENSIONS["pptx"]: _of("ppsx", "potx"),
}
