"""Beginnings of files, by their type."""

from __future__ import annotations

import io
import sqlite3
import tarfile
import wave
import zipfile
from bz2 import compress as bz2
from gzip import compress as gz
from lzma import compress as xz

OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."


def archive(*names, first=None, declared=b"", comment=b"", extra=b"", compression=zipfile.ZIP_STORED):
    """Return a ZIP archive of empty files, whose first may be another one with a content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        if first:
            info = zipfile.ZipInfo(first)
            info.extra, info.compress_type = extra, compression
            file.writestr(info, declared)
        for name in names:
            file.writestr(name, b"")
        file.comment = comment
    return buffer.getvalue()


def streamed(*names):
    """Return a ZIP archive as a program writes it into a pipe: sizes stand behind the contents."""

    class Pipe(io.RawIOBase):
        def __init__(self):
            self.written = bytearray()

        def writable(self):
            return True

        def write(self, data):
            self.written += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, b"x" * 100)
    return bytes(pipe.written)


def tar():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        file.addfile(tarfile.TarInfo("a.txt"))
    return buffer.getvalue()


def wav():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\0")
    return buffer.getvalue()


def sqlite():
    with sqlite3.connect(":memory:") as database:
        database.execute("create table a (b)")
        found = database.serialize()
    database.close()
    return found


def box(brand):
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0isommp42" + b"\0" * 8


WORD = ("[Content_Types].xml", "_rels/.rels", "word/document.xml")
EXCEL = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
SLIDES = ("[Content_Types].xml", "_rels/.rels", "ppt/presentation.xml")
BITMAP = b"BM" + (30).to_bytes(4, "little") + b"\0" * 24
ICON = b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0" + (4).to_bytes(4, "little") + (22).to_bytes(4, "little") + b"\x89PNG"
PROGRAM = b"MZ" + b"\0" * 58 + (64).to_bytes(4, "little") + b"PE\0\0" + b"\0" * 20
SAMPLES = {
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
    "gif 87": (b"GIF87a\1\0", "image/gif"),
    "gif 89": (b"GIF89a\1\0", "image/gif"),
    "webp": (b"RIFF\x1a\0\0\0WEBPVP8L", "image/webp"),
    "avif": (box(b"avif"), "image/avif"),
    "heic": (box(b"heic"), "image/heic"),
    "heif": (box(b"mif1"), "image/heif"),
    "tiff, little": (b"II*\0\x08\0\0\0", "image/tiff"),
    "tiff, big": (b"MM\0*\0\0\0\x08", "image/tiff"),
    "bmp": (BITMAP, "image/bmp"),
    "ico": (ICON, "image/vnd.microsoft.icon"),
    "psd": (b"8BPS\0\1\0\0", "image/vnd.adobe.photoshop"),
    "mp4": (box(b"isom"), "video/mp4"),
    "mp4, 2": (box(b"mp42"), "video/mp4"),
    "m4a": (box(b"M4A "), "audio/mp4"),
    "mov": (box(b"qt  "), "video/quicktime"),
    "3gp": (box(b"3gp5"), "video/3gpp"),
    "mkv": (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x82\x88matroska", "video/matroska"),
    "webm": (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm"),
    "avi": (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo"),
    "wav": (wav(), "audio/wav"),
    "mp3 with a tag": (b"ID3\x04\0\0\0\0\x02\x01" + b"\0" * 10, "audio/mpeg"),
    "mp3 without": (b"\xff\xfb\x90\x64" + b"\0" * 10, "audio/mpeg"),
    "flac": (b"fLaC\0\0\0\x22", "audio/flac"),
    "ogg": (b"OggS\0\x02", "application/ogg"),
    "midi": (b"MThd\0\0\0\6\0\1", "audio/midi"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
    "rtf": (b"{\\rtf1\\ansi}", "application/rtf"),
    "ole": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "application/x-ole-storage"),
    "docx": (archive(*WORD), OOXML + "wordprocessingml.document"),
    "xlsx": (archive(*EXCEL), OOXML + "spreadsheetml.sheet"),
    "pptx": (archive(*SLIDES), OOXML + "presentationml.presentation"),
    "docx, the types last": (archive(*reversed(WORD)), OOXML + "wordprocessingml.document"),
    "docx, streamed": (streamed(*WORD), OOXML + "wordprocessingml.document"),
    "docx with a comment": (archive(*WORD, comment=b"x" * 65_000), OOXML + "wordprocessingml.document"),
    "docm": (archive(*WORD, "word/vbaProject.bin"), "application/vnd.ms-word.document.macroenabled.12"),
    "xlsm": (archive(*EXCEL, "xl/vbaProject.bin"), "application/vnd.ms-excel.sheet.macroenabled.12"),
    "xlsb": (
        archive("[Content_Types].xml", "xl/workbook.bin"),
        "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    ),
    "odt": (archive("content.xml", first="mimetype", declared=ODF.encode() + b"text"), ODF + "text"),
    "ods": (archive("content.xml", first="mimetype", declared=ODF.encode() + b"spreadsheet"), ODF + "spreadsheet"),
    "odp": (archive("content.xml", first="mimetype", declared=ODF.encode() + b"presentation"), ODF + "presentation"),
    "epub": (
        archive("META-INF/container.xml", first="mimetype", declared=b"application/epub+zip"),
        "application/epub+zip",
    ),
    "epub with an extra field": (
        archive(first="mimetype", declared=b"application/epub+zip", extra=b"\xfe\xca\0\0"),
        "application/epub+zip",
    ),
    "jar": (archive("META-INF/MANIFEST.MF", "a.class"), "application/java-archive"),
    "apk": (
        archive("META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex"),
        "application/vnd.android.package-archive",
    ),
    "zip": (archive("a.txt", "word/b.xml"), "application/zip"),
    "zip of other Open Packaging": (archive("[Content_Types].xml", "x.nuspec"), "application/zip"),
    "zip, empty": (archive(), "application/zip"),
    "zip, streamed": (streamed("a.txt"), "application/zip"),
    "zip that says html": (archive(first="mimetype", declared=b"text/html"), "application/zip"),
    "zip that says a document, compressed": (
        archive(first="mimetype", declared=ODF.encode() + b"text", compression=zipfile.ZIP_DEFLATED),
        "application/zip",
    ),
    "zip with a look-alike": (archive("x/[Content_Types].xml", "sword/document.xml"), "application/zip"),
    "zip without an end": (archive(*WORD)[:60], "application/zip"),
    "zip with 3,000 names": (archive(*(f"{n}" for n in range(3_000))), "application/zip"),
    "gzip": (gz(b"x"), "application/gzip"),
    "bzip2": (bz2(b"x"), "application/x-bzip2"),
    "xz": (xz(b"x"), "application/x-xz"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04", "application/zstd"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4", "application/x-7z-compressed"),
    "rar": (b"Rar!\x1a\7\1\0", "application/vnd.rar"),
    "tar": (tar(), "application/x-tar"),
    "exe": (PROGRAM, "application/vnd.microsoft.portable-executable"),
    "elf": (b"\x7fELF\2\1\1", "application/x-executable"),
    "wasm": (b"\0asm\1\0\0\0", "application/wasm"),
    "sqlite": (sqlite(), "application/vnd.sqlite3"),
    "parquet": (b"PAR1" + b"\0" * 10 + b"PAR1", "application/vnd.apache.parquet"),
    "woff": (b"wOFF\0\1\0\0", "font/woff"),
    "woff2": (b"wOF2\0\1\0\0", "font/woff2"),
    "otf": (b"OTTO\0\x0c", "font/otf"),
}
