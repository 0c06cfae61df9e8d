"""A reviewer's own key (Ed25519, RFC 8032), and the keys of the reviewers whom this machine knows.

The private key lies in the settings folder, readable by its owner alone, encrypted where a passphrase was given. The
public keys of others lie beside it in `reviewers/`, one file each: what `fmassist review key` shows of theirs.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmassist.errors import InputError
from fmassist.models.places import settings_folder
from fmassist.outside_text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "signing-key.pem"
REVIEWERS = "reviewers"
PASSPHRASE = "FMASSIST_KEY_PASSPHRASE"  # noqa: S105 - the name of the variable that holds one
_MAX_FILE = 10_000
_MAX_KNOWN = 1_000


@dataclass(frozen=True)
class SigningKey:
    """A private key. Neither its text nor its representation shows it.

    Args:
        public: the public key, 32 bytes as hex.
    """

    public: str
    _private: Any = field(repr=False)

    def sign(self, content: bytes) -> str:
        """The signature over `content`, 64 bytes as hex."""
        return bytes(self._private.sign(content)).hex()


def make_key(*, passphrase: str = "", folder: Path | None = None) -> SigningKey:
    """Makes this user's key, in a file that nobody else can read.

    Args:
        passphrase: encrypts the file; `""` for none.
        folder: None for the settings folder.

    Raises:
        InputError: there is a key already, or it cannot be written.
    """
    ed25519, serialization = _library()
    private = ed25519.Ed25519PrivateKey.generate()
    lock = (
        serialization.BestAvailableEncryption(passphrase.encode("utf-8"))
        if passphrase
        else serialization.NoEncryption()
    )
    text = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    path = (folder or settings_folder()) / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made for its owner alone and never over another: O_EXCL, and the mode before the first byte.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputError(
            "there is a signing key already, and signatures made with it would lose it", "move its file away first"
        ) from None
    except OSError as error:
        raise InputError(f"the signing key cannot be written ({error.strerror})", "see FMASSIST_SETTINGS") from None
    with os.fdopen(handle, "wb") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    return SigningKey(_public(private), private)


def own_key(*, folder: Path | None = None) -> SigningKey | None:
    """This user's key, or None where there is none.

    Raises:
        InputError: there is one, and it cannot be used: signing by name alone instead would go unnoticed.
    """
    path = (folder or settings_folder()) / FILE
    if not path.exists() and not path.is_symlink():
        return None
    ed25519, serialization = _library()
    passphrase = os.environ.get(PASSPHRASE, "")
    try:
        if os.name != "nt" and path.stat().st_mode & 0o077:
            raise InputError("others can read your signing key", f"chmod 600 the file {FILE}, or make a new key")
        data = path.read_bytes()[:_MAX_FILE]
        private = serialization.load_pem_private_key(data, passphrase.encode("utf-8") if passphrase else None)
    except TypeError:
        raise InputError(
            "your signing key asks for its passphrase, or for none", f"set or unset {PASSPHRASE}"
        ) from None
    except (OSError, ValueError):
        raise InputError("your signing key cannot be read", f"check {PASSPHRASE}, or make a new key") from None
    if not isinstance(private, ed25519.Ed25519PrivateKey):
        raise InputError("your signing key is none for Ed25519", "make a new key")
    return SigningKey(_public(private), private)


WEAK = frozenset(
    {
        "00" * 32,
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    }
)
"""Points of small order: as a public key, each fits a signature that anybody can write over anything (as libsodium's
list of them, without the sign's bit)."""
_HEX = re.compile(r"[0-9a-f]*")


def holds(public: str, value: str, content: bytes) -> bool:
    """Whether `value` is the signature of that public key over `content`."""
    from cryptography.exceptions import InvalidSignature

    ed25519, _ = _library()
    # One form alone: what can be written in two ways is two signatures to whoever compares texts.
    if len(public) != 64 or len(value) != 128 or not _HEX.fullmatch(public + value):
        return False
    if f"{public[:62]}{int(public[62:], 16) & 0x7F:02x}" in WEAK:
        return False
    try:
        key = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(value), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public: str) -> str:
    """A public key as people read it aloud: the first 16 of its 64 hex digits, in fours."""
    return " ".join(public[n : n + 4] for n in range(0, 16, 4))


def known_reviewers(folder: Path | None = None) -> Mapping[str, str]:
    """Public key to the reviewer's name, as somebody of this machine put them into `reviewers/`.

    A file holds the key (64 hex digits) and after a blank the name. What is none is passed over: its signer stays
    unknown, which `verify` says.
    """
    found: dict[str, str] = {}
    place = (folder or settings_folder()) / REVIEWERS
    for path in sorted(place.glob("*.pub"))[:_MAX_KNOWN] if place.is_dir() else ():
        try:
            if not path.is_file() or path.stat().st_size > _MAX_FILE:
                continue
            key, _, name = path.read_text(encoding="utf-8").strip().partition(" ")
        except (OSError, UnicodeDecodeError):
            continue
        if len(key) == 64 and set(key) <= set("0123456789abcdef") and name.strip():
            found[key] = printable(name.strip(), most=100)
    return found


def _public(private: Any) -> str:
    return bytes(private.public_key().public_bytes_raw()).hex()


def _library() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise InputError("signing keys need the package cryptography", "pip install cryptography") from None
    return ed25519, serialization
