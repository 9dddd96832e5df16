"""Posts digests to a Slack channel through an incoming webhook. The address of the webhook is a secret."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from seggwat_nb.addresses import is_loopback, is_private
from seggwat_nb.errors import DeliveryError, SettingsError
from seggwat_nb.secret import Secret, hide
from seggwat_nb.share import privacy
from seggwat_nb.share.delivery import digest
from seggwat_nb.share.delivery.client import DeliveryClient, deliver_all
from seggwat_nb.share.delivery.outbox import Ledger
from seggwat_nb.share.delivery.secret_address import SecretAddressAdapter, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    import polars as pl

    from seggwat_nb.clock import Clock
    from seggwat_nb.provenance import Provenance
    from seggwat_nb.share.delivery.digest import Message

__all__ = ["ledger_path", "post", "webhook_from"]

_HOSTS: Final = ("hooks.slack.com", "hooks.slack-gov.com")
"""Slack's webhook hosts. Nothing is sent to other addresses by mistake, since feedback is personal data."""


def webhook_from(address: str | Secret | None) -> Secret:
    """Validate the address of a webhook without showing it.

    Raises
    ------
    SettingsError
        It is missing, not a Slack webhook, or not encrypted.
    """
    address = hide(address)
    if address is None or not _is_webhook(address):
        raise SettingsError(
            f"SLACK_WEBHOOK_URL {'is not set' if not address else 'is not the address of a Slack webhook'}. Create an "
            "incoming webhook in Slack and set the variable to its address (https://hooks.slack.com/services/…). To "
            "print the digest instead, leave it unset and add --dry-run."
        )
    return address


def _is_webhook(address: Secret) -> bool:
    url = address.reveal().strip()
    if not is_private(url):
        return False
    parts = urlsplit(url)
    return (parts.hostname in _HOSTS or is_loopback(parts.hostname or "")) and parts.path not in {"", "/"}


def post(
    frame: pl.DataFrame,
    *,
    about: Provenance,
    webhook: Secret,
    folder: Path,
    masked: bool = True,
    since: datetime | None = None,
    everything: pl.DataFrame | None = None,
    people: Iterable[str] = (),
    selection: str = "",
    history: pl.DataFrame | None = None,
    token: Secret | None = None,
    clock: Clock | None = None,
) -> list[Message]:
    """Send a digest of new items, each item once.

    Parameters
    ----------
    frame, about, since, everything, people, selection, history, token
        As for `seggwat_nb.share.delivery.digest.compose`. All items of the project count as known after a first digest.
    webhook
        The webhook to send to. Each has its own ledger.
    folder
        The project's folder, with its salt and its ledgers (`seggwat_nb.config.Settings.project_dir`).
    masked
        Whether personal data is masked.
    clock
        Returns the time and waits.

    Returns
    -------
    list of Message
        The messages that were sent.

    Raises
    ------
    DeliveryError
        Slack accepted no more. What was sent is recorded; the next run continues from there.
    LockedError
        Another run is sending.
    """
    salt = privacy.salt(folder) if masked else None
    client = _client(webhook, clock)
    with Ledger.open_locked(ledger_path(folder, webhook)) as ledger:
        messages = digest.compose(
            frame,
            about=about,
            salt=salt,
            ledger=ledger,
            since=since,
            everything=everything,
            people=people,
            selection=selection,
            history=history,
            token=token,
        )
        send = partial(_send, client)
        known = frame if everything is None else everything
        deliver_all(ledger, messages, send, others=known["id"], client=client)
    client.close()
    return messages


def ledger_path(folder: Path, webhook: Secret) -> Path:
    """Return the path of a webhook's ledger."""
    return folder / "sent" / f"slack-{webhook.fingerprint}.jsonl"


def _send(client: DeliveryClient, message: Message, repeated: bool) -> str | None:  # noqa: FBT001  # as deliver_all calls it
    payload = digest.mark_repeated(message.payload) if repeated else message.payload
    answer = client.post("/services", payload)
    if answer.status != HTTPStatus.OK or answer.body != b"ok":
        raise DeliveryError(
            f'Slack returned {answer.status} without "ok". A proxy or login page may have answered instead. Check the '
            "network and SLACK_WEBHOOK_URL, then retry.",
            may_have_arrived=True,
            passing=True,
        )
    return None


def _client(webhook: Secret, clock: Clock | None) -> DeliveryClient:
    return DeliveryClient(
        "Slack", origin_of(webhook), adapter=SecretAddressAdapter(webhook), secret=webhook, clock=clock
    )
