"""Packages the `telesieve` program for people: an archive, or a wheel that puts it on the PATH.

    package.py archive PROGRAM NAME OUT [FILE=PATH ...]
    package.py wheel PROGRAM VERSION TAG OUT

The same files make the same bytes: no times, no users, sorted names. Only the standard library is used.
"""

import base64
import hashlib
import io
import sys
import tarfile
import zipfile
from gzip import GzipFile
from pathlib import Path

# Midnight of the first day that zip knows.
TIME = (1980, 1, 1, 0, 0, 0)
SUMMARY = "Redacts, filters and relabels the telemetry of AWS Lambda functions inside the sandbox"


def archive(program, name, out, *files):
    """Writes a .tar.gz with one folder of that name."""
    members = [("telesieve", Path(program), 0o755)]
    members += [(member, Path(path), 0o644) for member, path in (file.split("=", 1) for file in files)]
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for member, path, mode in sorted(members):
            entry = tarfile.TarInfo(f"{name}/{member}")
            entry.size = path.stat().st_size
            entry.mode = mode
            with path.open("rb") as source:
                tar.addfile(entry, source)
    with open(out, "wb") as target, GzipFile(filename="", fileobj=target, mode="wb", mtime=0) as packed:
        packed.write(plain.getvalue())


def wheel(program, version, tag, out):
    """Writes a wheel whose one file is a script: installers copy it into the folder of programs."""
    info = f"telesieve-{version}.dist-info"
    tags = "".join(f"Tag: py3-none-{platform}\n" for platform in tag.split("."))
    contents = {
        f"telesieve-{version}.data/scripts/telesieve": (Path(program).read_bytes(), 0o755),
        f"{info}/METADATA": (
            f"Metadata-Version: 2.1\nName: telesieve\nVersion: {version}\nSummary: {SUMMARY}\nLicense: Apache-2.0\n"
            "Requires-Python: >=3.8\n".encode(),
            0o644,
        ),
        f"{info}/WHEEL": (f"Wheel-Version: 1.0\nGenerator: xtask\nRoot-Is-Purelib: false\n{tags}".encode(), 0o644),
    }
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, (data, _) in contents.items())
    contents[f"{info}/RECORD"] = (f"{record}{info}/RECORD,,\n".encode(), 0o644)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, (data, mode) in contents.items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    {"archive": archive, "wheel": wheel}[sys.argv[1]](*sys.argv[2:])
