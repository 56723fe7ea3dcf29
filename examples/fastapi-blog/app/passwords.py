import hashlib
import hmac
import os


def hash_password(password: str) -> str:
    """`scrypt$<salt>$<key>`, both in hex."""
    salt = os.urandom(16)
    return f"scrypt${salt.hex()}${_key(password, salt).hex()}"


def verify_password(password: str, stored: str) -> bool:
    scheme, _, rest = stored.partition("$")
    salt, _, key = rest.partition("$")
    return scheme == "scrypt" and hmac.compare_digest(_key(password, bytes.fromhex(salt)), bytes.fromhex(key))


def _key(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
