"""Sends new items as JSON to your own program: posted to a webhook, or passed to a command.

Each item is sent once, recorded in an outbox as for Slack digests. A delivery that was in flight when a run ended is
sent again, marked with ``"repeated": true``. Its ``delivery`` ID is derived from the items' IDs, so a receiver
recognizes it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shlex
import subprocess
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol

import polars as pl

from seggwat_nb.addresses import address_problem
from seggwat_nb.clock import Clock
from seggwat_nb.errors import ArgumentError, DeliveryError, SettingsError
from seggwat_nb.secret import Secret, hide
from seggwat_nb.share import privacy
from seggwat_nb.share.delivery.client import WEBHOOK, DeliveryClient, Waiting, deliver_all
from seggwat_nb.share.delivery.outbox import Ledger, due, in_flight
from seggwat_nb.share.delivery.secret_address import SecretAddressAdapter, origin_of
from seggwat_nb.share.privacy import leaks
from seggwat_nb.signing import beginning_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    import requests

    from seggwat_nb.errors import SeggwatError
    from seggwat_nb.provenance import Provenance
    from seggwat_nb.share.delivery.outbox import Delivery

__all__ = ["SIGNATURE", "Batch", "Command", "Target", "Webhook", "compose", "ledger_path", "send", "signature"]

SIGNATURE: Final = "Seggwat-Nb-Signature"
"""The header with time and signature, see `signature`."""

MOST: Final = 50
"""Maximum number of items per request."""

_SHORTEST: Final = 16
"""Minimum length of a secret."""

_REASON: Final = 4_096
"""Maximum number of bytes to read of why items were rejected."""

_SHOWN: Final = ("id", "project_id", "message", "type", "status", "source", "path", "version", "submitted_by")


@dataclass(frozen=True, slots=True)
class Batch:
    """Items that are sent together.

    Attributes
    ----------
    keys : tuple of str
        IDs of the items, oldest first.
    body : dict
        The content to send as JSON.
    delivery : Delivery or None
        The earlier delivery that this one repeats, if it was in flight when a run ended.
    """

    keys: tuple[str, ...]
    body: dict[str, Any]
    delivery: Delivery | None = None


class Target(Waiting, Protocol):
    """The destination of items."""

    @property
    def key(self) -> str:
        """A unique key that does not reveal any secret."""

    def take(self, body: dict[str, Any]) -> None:
        """Send content as JSON. Raises `DeliveryError` if it was not accepted."""


class Webhook:
    """An address to which signed JSON is posted.

    Parameters
    ----------
    address
        The URL, which may itself be a secret.
    secret
        The secret for the signature, which the receiver also knows. White space at its ends is ignored.
    clock
        Returns the time and waits.

    Raises
    ------
    SettingsError
        The secret is missing or too short, or the address is not encrypted.
    """

    def __init__(self, address: str | Secret, secret: str | Secret | None, *, clock: Clock | None = None) -> None:
        url = hide(address) or Secret("")
        signing = Secret((hide(secret) or Secret("")).reveal().strip())  # Files often end with a line feed.
        problem = address_problem(url.reveal().strip())
        if problem is not None:
            raise SettingsError(f"The webhook {problem}.")
        if len(signing.reveal()) < _SHORTEST:
            raise SettingsError(
                f"WEBHOOK_SECRET must have at least {_SHORTEST} characters. Set it to a random text that the receiver "
                "also knows, in the environment or the .env file."
            )
        self.key = url.fingerprint
        self.clock = clock or Clock()
        self._client = DeliveryClient(
            WEBHOOK, origin_of(url), adapter=_Adapter(url, signing, self.clock), secret=url, clock=self.clock
        )

    def take(self, body: dict[str, Any]) -> None:
        """Post the content."""
        self._client.post("/", body)

    def pause(self, error: SeggwatError, attempt: int) -> None:
        """Wait like a `DeliveryClient`."""
        self._client.pause(error, attempt)


class Command:
    """A program that reads JSON from its standard input. Its environment does not contain the API token.

    Parameters
    ----------
    command
        The program and its arguments, as in a shell. It is not run by a shell, so nothing is expanded.

    Raises
    ------
    ArgumentError
        The command is empty, or a quotation mark is missing.
    """

    def __init__(self, command: str) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise ArgumentError(f"exec={command!r} cannot be read ({error}). Check its quotation marks.") from None
        if not self._words:
            raise ArgumentError("exec is empty. Pass a program and its arguments.")
        if "\0" in command:
            raise ArgumentError("exec has a null character. Pass a program and its arguments.")
        self.key = hashlib.sha256(command.encode("utf-8", "surrogateescape")).hexdigest()[:32]

    def take(self, body: dict[str, Any]) -> None:
        """Run the command."""
        name = self._words[0]
        without_token = {name: value for name, value in os.environ.items() if name != "SEGGWAT_API_KEY"}
        try:
            done = subprocess.run(  # noqa: S603  # the user's own command
                self._words, input=json.dumps(body).encode(), env=without_token, check=False
            )
        except OSError as error:
            raise DeliveryError(f"{name} could not be started: {error.strerror}. Check --exec.") from None
        status = done.returncode
        if status:
            how = f"ended with status {status}" if status > 0 else f"was ended by signal {-status}"
            raise DeliveryError(
                f"{name} {how}, so its items count as not delivered. The next run hands them over again."
            )

    def pause(self, error: SeggwatError, attempt: int) -> None:
        """Do not wait, since a failed command is not retried immediately."""


class _Adapter(SecretAddressAdapter):
    """Signs requests, as the last step before sending."""

    def __init__(self, address: Secret, secret: Secret, clock: Clock) -> None:
        super().__init__(address)
        self._secret, self._now = secret, clock

    def sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = super().sign(request)
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        signed.headers[SIGNATURE] = signature(body, self._secret, at=int(self._now.now()))
        return signed

    def body(self, response: requests.Response) -> bytes:
        """Read the beginning of why it was rejected. The status counts, even if the rest is slow, huge or broken."""
        said = beginning_of(response, _REASON) if response.status_code >= HTTPStatus.MULTIPLE_CHOICES else b""
        response.close()
        return said


def signature(body: bytes, secret: Secret, *, at: int) -> str:
    """Sign a body: HMAC with SHA-256 of the time, a dot and the body.

    Parameters
    ----------
    body
        The bytes to post.
    secret
        The shared secret.
    at
        Seconds since 1970. To prevent replay attacks, a receiver rejects requests older than some minutes.

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
    everything: pl.DataFrame | None = None,
    people: Iterable[str] = (),
    token: Secret | None = None,
) -> list[Batch]:
    """Compose the batches: those that may not have arrived last time, then new items.

    Parameters
    ----------
    frame
        The feedback to watch (`seggwat_nb.schema.FEEDBACK`).
    about
        Where it comes from.
    salt
        The project's (`seggwat_nb.share.privacy.salt`); None switches masking off.
    ledger
        The items sent before. None for none.
    since
        Start of the first run's items, by default a day before the load.
    everything
        All feedback of the project. What was in flight is sent again as it is now, even if `frame` has it no more.
    people, token
        All submitters of the project, to mask them, and the API token, to check that no batch contains it.

    Returns
    -------
    list of Batch
        Empty if there is nothing to send.

    Raises
    ------
    LeakError
        A batch contains a secret in use.
    """
    frame = pl.concat([frame, in_flight(everything, ledger, beside=frame)])
    shown = frame if salt is None else privacy.mask(frame, salt=salt, people=people)
    shown = shown.unique("id", keep="first", maintain_order=True).sort("created_at", "id")
    again, new = due(shown, ledger, as_of=about.as_of, since=since)
    batches = [_batch(rows, about, delivery=delivery) for delivery, rows in again]
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
    everything: pl.DataFrame | None = None,
    people: Iterable[str] = (),
    token: Secret | None = None,
) -> list[Batch]:
    """Send new items, each once.

    Parameters
    ----------
    frame, about, since, everything, people, token
        As for `compose`. All items of the project count as known after a first run.
    target
        The destination.
    name
        Name of the selection. Each target has an outbox for each name.
    folder
        The project's folder, with its salt and its outboxes (`seggwat_nb.config.Settings.project_dir`).
    masked
        Whether personal data is masked.

    Returns
    -------
    list of Batch
        The batches that were sent.

    Raises
    ------
    DeliveryError
        The target accepted no more, or refused some items, which the error names. What was sent is recorded; the next
        run continues from there.
    LockedError
        Another run is sending.
    """
    salt = privacy.salt(folder) if masked else None
    with Ledger.open_locked(ledger_path(folder, target, name)) as ledger:
        batches = compose(
            frame, about=about, salt=salt, ledger=ledger, since=since, everything=everything, people=people,
            token=token,
        )  # fmt: skip
        known = frame if everything is None else everything
        halves = partial(_halves, ledger)
        deliver_all(ledger, batches, partial(_take, target), others=known["id"], client=target, halves=halves)
    return batches


def ledger_path(folder: Path, target: Target, name: str) -> Path:
    """Return the path of a target's outbox for a name."""
    key = hashlib.sha256(f"{target.key} {name}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return folder / "sent" / f"watch-{key}.jsonl"


def _take(target: Target, batch: Batch, repeated: bool) -> None:  # noqa: FBT001  # as deliver_all calls it
    target.take(batch.body | {"repeated": repeated})


def _batch(rows: pl.DataFrame, about: Provenance, *, delivery: Delivery | None = None) -> Batch:
    keys = tuple(rows["id"])
    known = [column for column in (*_SHOWN, "theme") if column in rows.columns]
    written = rows.select(*known, created_at=pl.col("created_at").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"))
    items = [row | {"url": about.item_url(row["id"], row["project_id"])} for row in written.rows(named=True)]
    whole = keys if delivery is None else delivery.keys
    return Batch(whole, _body(whole, items, repeated=delivery is not None, demo=about.demo), delivery)


def _body(keys: tuple[str, ...], items: list[dict[str, Any]], *, repeated: bool, demo: bool) -> dict[str, Any]:
    delivery = hashlib.sha256(json.dumps(keys).encode()).hexdigest()[:32]
    return {"delivery": delivery, "repeated": repeated, "demo": demo, "items": items}


def _halves(ledger: Ledger, batch: Batch) -> list[Batch]:
    """Split a batch that was refused, or return nothing if it has only one item.

    If it may have arrived before, both halves are recorded as such before the batch itself is withdrawn.
    """
    items, found = batch.body["items"], []
    middle = len(items) // 2
    for part in (items[:middle], items[middle:]) if middle else ():
        keys = tuple(item["id"] for item in part)
        delivery = None if batch.delivery is None else ledger.begin(keys)
        body = _body(keys, part, repeated=delivery is not None, demo=batch.body["demo"])
        found.append(Batch(keys, body, delivery))
    if found and batch.delivery is not None:
        ledger.withdraw(batch.delivery)
    return found
