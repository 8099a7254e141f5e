# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A certificate for 127.0.0.1 and the authority that signed it, made for one run by openssl."""

from __future__ import annotations

import ssl
from pathlib import Path

from .disk import run


class Certificates:
    """Three files in a folder."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.authority = folder / "ca.pem"
        self.certificate = folder / "server.pem"
        self.key = folder / "server.key"
        authority_key, request = folder / "ca.key", folder / "server.csr"
        names = folder / "names.ext"
        names.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-days", "2", "-subj", "/CN=faults", "-keyout", str(authority_key),
            "-out", str(self.authority))
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", "/CN=127.0.0.1", "-keyout", str(self.key), "-out", str(request))
        run("openssl", "x509", "-req", "-days", "2", "-in", str(request), "-CA", str(self.authority),
            "-CAkey", str(authority_key), "-CAcreateserial", "-extfile", str(names),
            "-out", str(self.certificate))
        self.key.chmod(0o644)

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
