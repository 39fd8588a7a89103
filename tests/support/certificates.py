"""Certificates made by openssl for the length of a test."""
import hashlib
import re
import ssl
import subprocess
from datetime import datetime, timedelta, timezone

CONFIGURATION = """
[ca]
default_ca = here
[here]
database = {directory}/index.txt
new_certs_dir = {directory}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
x509_extensions = of_{kind}
[any]
commonName = supplied
[of_ca]
basicConstraints = critical, CA:TRUE
[of_server]
basicConstraints = CA:FALSE
subjectAltName = {names}
[req]
distinguished_name = unused
[unused]
"""


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def name_in_certificate(name):
    return f"IP:{name}" if re.fullmatch(r"[\d.]+|.*:.*", name) else f"DNS:{name}"


class Certificate:
    """A key and a certificate in one PEM file, `path`. `names`: host names and addresses; `issuer`: another certificate
    that signs it, otherwise it is self-signed; `days`: from and until when it is valid, in days from now."""

    def __init__(self, directory, title, names=("127.0.0.1",), issuer=None, days=(-1, 30), kind="server"):
        home = directory / title.replace(" ", "-")
        home.mkdir()
        (home / "index.txt").write_text("")
        (home / "configuration").write_text(CONFIGURATION.format(directory=home, kind=kind, names=",".join(map(name_in_certificate, names))))
        key, request, self.path = home / "key.pem", home / "request.pem", home / "server.pem"
        openssl("req", "-new", "-config", home / "configuration", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", f"/CN={title}", "-keyout", key, "-out", request)
        begin, end = (f"{datetime.now(timezone.utc) + timedelta(days=day):%y%m%d%H%M%SZ}" for day in days)
        signer = ["-selfsign", "-keyfile", key] if issuer is None else ["-cert", issuer.path, "-keyfile", issuer.path]
        openssl("ca", "-batch", "-notext", "-config", home / "configuration", "-startdate", begin, "-enddate", end, *signer, "-in", request, "-out", home / "certificate.pem")
        self.path.write_text(key.read_text() + (home / "certificate.pem").read_text())
        self.fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert((home / "certificate.pem").read_text())).hexdigest()

    def context(self, protocols=("chat",)):
        """For a server that uses it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF        # an end without a farewell is an error
        context.load_cert_chain(self.path)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context
