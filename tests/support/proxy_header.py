"""The header of the PROXY protocol, version 2, with which a TLS terminator names the client that it passes on."""
import socket
import struct

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
PROXY, LOCAL = 0x21, 0x20
TCP4, TCP6, UDP4, UNIX = 0x11, 0x21, 0x12, 0x31
ALPN, UNIQUE_ID, TLS, TLS_VERSION, COMMON_NAME = 0x01, 0x05, 0x20, 0x21, 0x22
SECURE, CERTIFICATE = 0x01, 0x02


def tlv(kind, value):
    return struct.pack("!BH", kind, len(value)) + value


def tls_tlv(common_name=None, verified=True, secure=True, certificate=None):
    """`certificate`: whether the client sent one; by default if it has a name."""
    has_one = common_name is not None if certificate is None else certificate
    value = struct.pack("!BI", (SECURE if secure else 0) | (CERTIFICATE if has_one else 0), 0 if verified and has_one else 18)
    value += tlv(TLS_VERSION, b"TLSv1.3")
    if common_name is not None:
        value += tlv(COMMON_NAME, common_name if isinstance(common_name, bytes) else common_name.encode())
    return tlv(TLS, value)


def header(token="", host="192.0.2.7", port=50312, fingerprint="", tls=tls_tlv(), command=PROXY, family=None, more=b""):
    """The bytes. `fingerprint` in hexadecimal digits; `tls`: a TLV of its own, b"" for none; `more`: other TLVs."""
    six = ":" in host
    place = socket.AF_INET6 if six else socket.AF_INET
    addresses = socket.inet_pton(place, host) + socket.inet_pton(place, "::1" if six else "127.0.0.1") + struct.pack("!HH", port, 5697)
    rest = addresses + more + tls + tlv(UNIQUE_ID, (token + fingerprint).encode())
    return SIGNATURE + struct.pack("!BBH", command, (TCP6 if six else TCP4) if family is None else family, len(rest)) + rest
