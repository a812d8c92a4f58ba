"""age files (age-encryption.org/v1), as AndroidQF and Bugbane write them: for an X25519 key or a passphrase."""

from __future__ import annotations

import tempfile
from typing import BinaryIO, cast

from svitac.blob import Blob, Spooled
from svitac.model import Unreadable

_HEADER = 4096  # recipients stand in the first lines


def decrypt(blob: Blob, identities: tuple[str, ...], password: str | None) -> tuple[Blob, str]:
    """The plain bytes, spooled to an unlinked temporary file, and what is wrong with them ("" when nothing is).

    A file that was cut or damaged gives the pieces of 64 KiB before the damage: each is authenticated by itself, so
    nothing wrong is among them, and a wrong key gives none. For a passphrase the library has no streaming, so there
    it is all or nothing. Raises Unreadable, saying which key is missing.
    """
    import pyrage  # noqa: PLC0415 - only encrypted evidence pays for it

    with blob.open() as stream:
        by_passphrase = b"\n-> scrypt " in stream.read(_HEADER)
    if by_passphrase and password is None:
        raise Unreadable("encrypted with an age passphrase: give it with --password-file")
    if not by_passphrase and not identities:
        raise Unreadable("encrypted with age for a key: give the identity with --key")
    plain = cast(BinaryIO, tempfile.TemporaryFile(prefix="svitac-"))  # noqa: SIM115 - lives as long as the blob
    spooled = Spooled(plain, 0)  # from here on it is closed and gone whatever happens
    wrong = ""
    with blob.open() as stream:
        try:
            if by_passphrase:
                plain.write(pyrage.passphrase.decrypt(stream.read(), password or ""))  # the library has no streaming
            else:
                keys = [pyrage.x25519.Identity.from_str(text) for text in identities]
                pyrage.decrypt_io(stream, plain, keys)
        except pyrage.IdentityError as exc:
            plain.close()
            raise Unreadable(f"the identity given with --key is not a valid age identity ({exc})") from exc
        except (pyrage.DecryptError, OSError, ValueError) as exc:
            what = "passphrase" if by_passphrase else "identity"
            wrong = f"cannot be decrypted: wrong {what}, or damaged or truncated ({exc})"
    plain.flush()
    spooled.size = plain.seek(0, 2)
    if wrong and not spooled.size:
        plain.close()
        raise Unreadable(wrong)
    if wrong:
        wrong = f"the encrypted file is cut or damaged: its first {spooled.size} bytes could be decrypted, no more"
    return spooled, wrong
