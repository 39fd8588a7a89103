"""Whether a request comes from somebody who has the hook's token. Every comparison takes the same time, whatever is
compared."""

import base64
import binascii
import hashlib
import hmac
from contextlib import suppress


def is_signed(headers: dict[str, str]) -> bool:
    """Then the body has to be read before it is known whether the request is allowed."""
    return "x-hub-signature-256" in headers


def has_token(headers: dict[str, str], token: bytes) -> bool:
    """`Authorization: Bearer TOKEN`, `Authorization: Basic` with the token as the password, or `X-Token: TOKEN`."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    given = [headers["x-token"].encode("latin-1")] if "x-token" in headers else []
    if scheme.lower() == "bearer":
        given.append(value.strip().encode("latin-1"))
    elif scheme.lower() == "basic":
        with suppress(binascii.Error, ValueError):
            given.append(base64.b64decode(value.strip(), validate=True).partition(b":")[2])
    return any([hmac.compare_digest(one, token) for one in given])


def signature_is_right(headers: dict[str, str], body: bytes, token: bytes) -> bool:
    """As GitHub signs: `X-Hub-Signature-256: sha256=HEX`, the HMAC of the body with the token as the key."""
    expected = "sha256=" + hmac.new(token, body, hashlib.sha256).hexdigest()
    given = headers.get("x-hub-signature-256", "").strip().lower()
    return hmac.compare_digest(given.encode("latin-1", "replace"), expected.encode("ascii"))
