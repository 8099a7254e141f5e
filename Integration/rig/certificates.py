# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Certificates made for one run by openssl: authorities, and what they sign for servers and clients."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from .disk import run

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """An authority in a folder, and what it issues beside it: `NAME.pem` with `NAME.key`."""

    def __init__(self, folder: Path, name: str = "ca"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.file, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        run("openssl", "req", "-x509", *CURVE, "-days", "2", "-subj", f"/CN={name} authority",
            "-keyout", str(self._key), "-out", str(self.file))

    def issue(self, file: str, name: str, hosts: str = "", days: int = 2) -> tuple[Path, Path]:
        """A certificate for `name` and its key; `hosts` such as `DNS:localhost`; -1 days have ended yesterday."""
        certificate, key, request = (self.folder / f"{file}.{end}" for end in ("pem", "key", "csr"))
        extensions = self.folder / f"{file}.ext"
        extensions.write_text(f"subjectAltName={hosts}\n" if hosts else "")
        run("openssl", "req", *CURVE, "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(request))
        run("openssl", "x509", "-req", "-days", str(days), "-in", str(request), "-CA", str(self.file),
            "-CAkey", str(self._key), "-CAcreateserial", "-extfile", str(extensions), "-out", str(certificate))
        key.chmod(0o644)
        return certificate, key


class Certificates:
    """A server's certificate for 127.0.0.1, and the authority that signed it."""

    def __init__(self, folder: Path):
        authority = Authority(folder)
        self.authority = authority.file
        self.certificate, self.key = authority.issue("server", "127.0.0.1", "IP:127.0.0.1,DNS:localhost")

    def listener(self, port: int) -> str:
        """A second listener in mosquitto's configuration."""
        return (f"listener {port} 127.0.0.1\ncafile {self.authority}\n"
                f"certfile {self.certificate}\nkeyfile {self.key}\n")

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))


def put(source: Path, target: Path) -> None:
    """Replaces a file as a tool that renews certificates does: whole, by a rename."""
    fresh = target.with_name(f".{target.name}.new")
    fresh.write_bytes(source.read_bytes())
    fresh.chmod(0o600)
    os.replace(fresh, target)
