"""A device opens what the square seals, and nobody else; push services can check who sends it."""

from __future__ import annotations

import os
import struct
from typing import Any

import orjson
import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from parvis.kernel import vapid
from parvis.push import encryption
from parvis.push.encryption import decode, encode


class Device:
    """A receiver, written from the specifications with HMAC alone (not with the code under test)."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)
        self.point = encryption._point(self.key.public_key())

    @property
    def p256dh(self) -> str:
        return encode(self.point)

    @property
    def auth(self) -> str:
        return encode(self.secret)

    @staticmethod
    def hmac(key: bytes, text: bytes) -> bytes:
        made = hmac.HMAC(key, hashes.SHA256())
        made.update(text)
        return made.finalize()

    def shared(self, point: bytes) -> bytes:
        return self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))

    def open(self, body: bytes) -> bytes:
        """RFC 8188 section 2, RFC 8291 section 3.4."""
        salt, (record, length) = body[:16], struct.unpack("!LB", body[16:21])
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= record
        key_prk = self.hmac(self.secret, self.shared(theirs))
        ikm = self.hmac(key_prk, b"WebPush: info\0" + self.point + theirs + b"\1")
        prk = self.hmac(salt, ikm)
        content_key = self.hmac(prk, b"Content-Encoding: aes128gcm\0\1")[:16]
        nonce = self.hmac(prk, b"Content-Encoding: nonce\0\1")[:12]
        plain = AESGCM(content_key).decrypt(nonce, sealed, None)
        text, delimiter = plain.rstrip(b"\0")[:-1], plain.rstrip(b"\0")[-1]
        assert delimiter == 2
        return text

    def open_old(self, body: bytes, headers: dict[str, str]) -> bytes:
        """draft-ietf-webpush-encryption-04 sections 3 and 4, draft-ietf-httpbis-encryption-encoding-03."""
        salt = decode(headers["encryption"].removeprefix("salt="))
        theirs = decode(headers["crypto-key"].split(";")[0].removeprefix("dh="))
        context = b"P-256\0" + struct.pack("!H", 65) + self.point + struct.pack("!H", 65) + theirs
        ikm = self.hmac(self.hmac(self.secret, self.shared(theirs)), b"Content-Encoding: auth\0\1")
        prk = self.hmac(salt, ikm)
        content_key = self.hmac(prk, b"Content-Encoding: aesgcm\0" + context + b"\1")[:16]
        nonce = self.hmac(prk, b"Content-Encoding: nonce\0" + context + b"\1")[:12]
        plain = AESGCM(content_key).decrypt(nonce, body, None)
        return plain[2 + struct.unpack("!H", plain[:2])[0] :]


@pytest.mark.parametrize("text", [b"", b"{}", "Bonjour à tous".encode(), b"x" * encryption.MAX_PLAINTEXT])
def test_the_device_opens_both_forms(text: bytes) -> None:
    device = Device()
    sealed = encryption.seal(text, device.p256dh, device.auth)
    assert device.open(sealed.body) == text
    assert len(sealed.body) <= 4096
    old = encryption.seal_old(text, device.p256dh, device.auth)
    assert device.open_old(old.body, old.headers) == text


def test_the_worked_example_of_rfc_8291_opens() -> None:
    """Appendix A: what its sender sealed, our receiver opens; so the receiver that judges us is right."""
    device = Device()
    number = int.from_bytes(decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    device.key = ec.derive_private_key(number, ec.SECP256R1())
    device.point = encryption._point(device.key.public_key())
    device.secret = decode("BTBZMqHH6r4Tts7J_aSIgg")
    body = decode(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert device.open(body) == b"When I grow up, I want to be a watermelon"


def test_another_device_cannot_open_it() -> None:
    device, other = Device(), Device()
    sealed = encryption.seal(b"secret", device.p256dh, device.auth)
    with pytest.raises(InvalidTag):
        other.open(sealed.body)


@pytest.mark.parametrize(("p256dh", "auth"), [("", "AAAAAAAAAAAAAAAAAAAAAA"), ("!!", "x"), (encode(b"\4" + bytes(64)), encode(bytes(16)))])
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(ValueError):
        encryption.seal(b"x", p256dh, auth)
    device = Device()
    with pytest.raises(ValueError):
        encryption.seal(b"x", device.p256dh, encode(bytes(15)))


@pytest.mark.parametrize("old", [False, True])
def test_the_push_service_can_check_the_sender(old: bool, settings: Any) -> None:
    device = Device()
    sealed = (encryption.seal_old if old else encryption.seal)(b"x", device.p256dh, device.auth)
    headers = encryption.identify("https://push.example:8443/send/abc?d=1", sealed)
    if old:
        scheme, token = headers["authorization"].split(" ")
        assert scheme == "WebPush"
        assert headers["crypto-key"].split(";")[1] == f"p256ecdsa={vapid.public_key()}"
    else:
        assert headers["authorization"].startswith("vapid t=")
        token, key = headers["authorization"].removeprefix("vapid t=").split(",k=")
        assert key == vapid.public_key()
    head, claims, signature = token.split(".")
    raw = decode(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(vapid.public_key()))
    dss = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(dss, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(dss, f"{head}.{claims}x".encode(), ec.ECDSA(hashes.SHA256()))
    said = orjson.loads(decode(claims))
    assert said["aud"] == "https://push.example:8443"
    assert said["sub"] == f"mailto:{settings.DEFAULT_FROM_EMAIL}"
    assert orjson.loads(decode(head)) == {"typ": "JWT", "alg": "ES256"}


def test_a_token_is_kept_sealed_and_lost_with_the_squares_key(settings: Any) -> None:
    kept = encryption.keep_secret("token")
    assert "token" not in kept
    assert encryption.reveal(kept) == "token"
    settings.SECRET_KEY = "another"
    assert encryption.reveal(kept) == ""
    assert encryption.reveal("nonsense") == ""
