"""New items as JSON for a program of yours: posted to a webhook, or handed to a command.

Each item is sent once, with the outbox of Slack's digests. What was in flight when a run ended is sent again and marked
``"repeated": true``; its ``delivery``, which is made of the items' ids, is the same, so a receiver can tell.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import shlex
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

import polars as pl

from seggwat_nb.addresses import is_private
from seggwat_nb.clock import Clock
from seggwat_nb.errors import ArgumentError, DeliveryError, SettingsError
from seggwat_nb.secret import Secret, hide
from seggwat_nb.share import privacy
from seggwat_nb.share.delivery.client import DeliveryClient, Waiting, deliver
from seggwat_nb.share.delivery.outbox import Ledger
from seggwat_nb.share.delivery.secret_address import SecretAddressAdapter, origin_of
from seggwat_nb.share.privacy import leaks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    import requests

    from seggwat_nb.errors import SeggwatError
    from seggwat_nb.schema import Provenance
    from seggwat_nb.share.delivery.outbox import Delivery

__all__ = ["SIGNATURE", "Batch", "Command", "Target", "Webhook", "compose", "ledger_path", "send", "signature"]

SIGNATURE: Final = "Seggwat-Nb-Signature"
"""The header with the time and the signature of what is posted, see `signature`."""

MOST: Final = 50
"""Items of a request."""

_FIRST: Final = timedelta(days=1)
"""How far back the first run reaches; what is older is taken for known."""

_SHORTEST: Final = 16
"""Characters of a secret that is not guessed."""

_SHOWN: Final = ("id", "project_id", "message", "type", "status", "source", "path", "version", "submitted_by")


@dataclass(frozen=True, slots=True)
class Batch:
    """Items that are sent together.

    Attributes
    ----------
    keys : tuple of str
        Their ids, the oldest first.
    body : dict
        What is sent, as JSON.
    parcel : Delivery or None
        The delivery that was in flight when a run ended, where this repeats one.
    """

    keys: tuple[str, ...]
    body: dict[str, Any]
    parcel: Delivery | None = None


class Target(Waiting, Protocol):
    """Where items are sent."""

    @property
    def key(self) -> str:
        """What tells it from others, and gives nothing away."""

    def take(self, body: dict[str, Any]) -> None:
        """Send as JSON; raise `DeliveryError` where it was not accepted."""


class Webhook:
    """An address that JSON is posted to, signed.

    Parameters
    ----------
    address
        Its URL, which may be a secret itself.
    secret
        What it is signed with; the receiver knows it, too.
    clock
        Returns the time, and waits.

    Raises
    ------
    SettingsError
        The secret is missing or short, or the address would be read on the way.
    """

    def __init__(self, address: str | Secret, secret: str | Secret | None, *, clock: Clock | None = None) -> None:
        url, signing = hide(address) or Secret(""), hide(secret)
        if not is_private(url.reveal().strip()) or not urlsplit(url.reveal().strip()).hostname:
            raise SettingsError("The webhook must be an https:// address.")
        if signing is None or len(signing.reveal()) < _SHORTEST:
            raise SettingsError(
                f"WEBHOOK_SECRET must have at least {_SHORTEST} characters. Set it to a random text that the receiver "
                "knows too, in the environment or the .env file."
            )
        self.key = url.fingerprint
        self.clock = clock or Clock()
        self._client = DeliveryClient(
            "Webhook", origin_of(url), adapter=_Adapter(url, signing, self.clock), secret=url, clock=self.clock
        )

    def take(self, body: dict[str, Any]) -> None:
        """Post it."""
        self._client.post("/", body)

    def pause(self, error: SeggwatError, attempt: int) -> None:
        """Wait as a `DeliveryClient` does."""
        self._client.pause(error, attempt)


class Command:
    """A program that reads JSON from its standard input.

    Parameters
    ----------
    command
        The program and its arguments, as in a shell; no shell runs it, so nothing in it is expanded.

    Raises
    ------
    ArgumentError
        There is no command, or a quotation mark is missing.
    """

    def __init__(self, command: str) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise ArgumentError(f"exec={command!r} cannot be read ({error}). Check its quotation marks.") from None
        if not self._words:
            raise ArgumentError("exec names no command. Pass a program and its arguments.")
        self.key = hashlib.sha256(command.encode("utf-8", "surrogateescape")).hexdigest()[:32]

    def take(self, body: dict[str, Any]) -> None:
        """Run it."""
        name = self._words[0]
        try:
            done = subprocess.run(self._words, input=json.dumps(body).encode(), check=False)  # noqa: S603  # the user's own command
        except OSError as error:
            raise DeliveryError(f"{name} could not be started: {error.strerror}. Check --exec.") from None
        if done.returncode:
            raise DeliveryError(
                f"{name} ended with status {done.returncode}, so its items count as not delivered. The next run "
                "hands them over again."
            )

    def pause(self, error: SeggwatError, attempt: int) -> None:
        """Do not wait: a command that failed is not run again at once."""


class _Adapter(SecretAddressAdapter):
    """Signs what is posted, at the last step."""

    def __init__(self, address: Secret, secret: Secret, clock: Clock) -> None:
        super().__init__(address)
        self._secret, self._now = secret, clock

    def signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = super().signed(request)
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        signed.headers[SIGNATURE] = signature(body, self._secret, at=int(self._now.now()))
        return signed


def signature(body: bytes, secret: Secret, *, at: int) -> str:
    """Sign a body: HMAC with SHA-256 of the time, a dot and the body.

    Parameters
    ----------
    body
        The bytes that are posted.
    secret
        What both sides know.
    at
        Seconds since 1970. A receiver refuses what is older than some minutes: it may have been recorded.

    Examples
    --------
    >>> signature(b"{}", Secret("0123456789abcdef"), at=1767225600)[:24]
    't=1767225600,v1=99902517'
    """
    mac = hmac.new(secret.reveal().encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def compose(
    frame: pl.DataFrame,
    *,
    about: Provenance,
    salt: bytes | None,
    ledger: Ledger | None = None,
    since: datetime | None = None,
    people: Iterable[str] = (),
    token: Secret | None = None,
) -> list[Batch]:
    """Put together what may not have arrived last time, then what is new.

    Parameters
    ----------
    frame
        The feedback that is watched (`seggwat_nb.schema.FEEDBACK`).
    about
        Where it comes from.
    salt
        The project's (`seggwat_nb.share.privacy.salt`); None switches masking off.
    ledger
        What was sent before; None for nothing.
    since
        First moment of the first run; a day before the frame's moment by default.
    people, token
        Submitters of the whole project, who are masked, too, and the API token, which is looked for in what is sent.

    Returns
    -------
    list of Batch
        Empty if there is nothing to send.

    Raises
    ------
    LeakError
        A secret in use is among it.
    """
    shown = frame if salt is None else privacy.mask(frame, salt=salt, people=people)
    shown = shown.unique("id", keep="first", maintain_order=True).sort("created_at", "id")
    told, in_doubt = (ledger.told, ledger.in_doubt) if ledger else (set[str](), dict[int, "Delivery"]())
    pending = {key for parcel in in_doubt.values() for key in parcel.keys}
    new = shown.filter(~pl.col("id").is_in([*told, *pending]))
    if ledger is None or not ledger.begun:
        new = new.filter(pl.col("created_at") >= (since or about.as_of - _FIRST))
    batches = [
        _batch(rows, about, parcel=parcel)
        for parcel in in_doubt.values()
        if (rows := shown.filter(pl.col("id").is_in(parcel.keys))).height
    ]
    batches += [_batch(part, about) for part in new.iter_slices(MOST) if part.height]
    for batch in batches:
        leaks.check(json.dumps(batch.body, ensure_ascii=False), name="what is sent", secrets=[token])
    return batches


def send(
    frame: pl.DataFrame,
    *,
    about: Provenance,
    target: Target,
    name: str,
    folder: Path,
    masked: bool = True,
    since: datetime | None = None,
    people: Iterable[str] = (),
    others: Iterable[str] = (),
    token: Secret | None = None,
) -> list[Batch]:
    """Send new items, each once.

    Parameters
    ----------
    frame, about, since, people, token
        As for `compose`.
    target
        Where to.
    name
        Of what is watched; each target has an outbox for each name.
    folder
        The project's folder, with its salt and its outboxes (`seggwat_nb.config.Settings.project_dir`).
    masked
        Whether personal data is masked.
    others
        Ids of the project's items beside those of the frame, which a first run takes for known as well.

    Returns
    -------
    list of Batch
        What was sent.

    Raises
    ------
    DeliveryError
        The target accepted no more. What was sent is recorded; the next run continues from there.
    LockedError
        Another run is sending.
    """
    salt = privacy.salt(folder) if masked else None
    with Ledger.held(ledger_path(folder, target, name)) as ledger:
        batches = compose(frame, about=about, salt=salt, ledger=ledger, since=since, people=people, token=token)
        if not ledger.begun:
            ledger.learn({*frame["id"], *others}.difference(*(batch.keys for batch in batches)))
        for parcel in {*ledger.in_doubt.values()} - {batch.parcel for batch in batches}:
            ledger.settle(parcel)  # None of its items is there any more.
        for batch in batches:
            deliver(ledger, batch.parcel or batch.keys, partial(_take, target, batch), courier=target)
    return batches


def ledger_path(folder: Path, target: Target, name: str) -> Path:
    """Return where the outbox of a target lies, for what is watched under a name."""
    key = hashlib.sha256(f"{target.key} {name}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return folder / "sent" / f"watch-{key}.jsonl"


def _take(target: Target, batch: Batch, repeated: bool) -> None:  # noqa: FBT001  # as deliver calls it
    target.take(batch.body | {"repeated": repeated})


def _batch(rows: pl.DataFrame, about: Provenance, *, parcel: Delivery | None = None) -> Batch:
    keys = tuple(rows["id"])
    known = [column for column in (*_SHOWN, "theme") if column in rows.columns]
    written = rows.select(*known, created_at=pl.col("created_at").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"))
    items = [row | {"url": about.item_url(row["id"], row["project_id"])} for row in written.rows(named=True)]
    whole = keys if parcel is None else parcel.keys
    body = {
        "delivery": hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:32],
        "repeated": parcel is not None,
        "demo": about.demo,
        "items": items,
    }
    return Batch(whole, body, parcel)
