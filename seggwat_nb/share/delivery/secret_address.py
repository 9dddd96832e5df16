"""Sends to a secret address, such as that of a webhook, so that no request, log or error contains it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from seggwat_nb.signing import SigningAdapter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from logging import LogRecord

    import requests

    from seggwat_nb.secret import Secret

__all__ = ["SecretAddressAdapter", "origin_of"]


class SecretAddressAdapter(SigningAdapter):
    """Replaces the address of a request by the secret one, as the last step before sending.

    Parameters
    ----------
    address
        The address of all requests.
    """

    def __init__(self, address: Secret) -> None:
        super().__init__(None)
        self._address = address

    def sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Copy a request, with only the headers to send and the secret address."""
        signed = super().sign(request)
        signed.url = self._address.reveal().strip()
        return signed

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # as requests
        """Send a copy, without leaving the address in any log."""
        with _keep_out_of_logs("urllib3.connectionpool", self._address):
            return super().send(request, *args, **kwargs)


def origin_of(address: Secret) -> str:
    """Return scheme and host of an address, which are not secret."""
    parts = urlsplit(address.reveal().strip())
    return f"{parts.scheme}://{parts.netloc}"


@contextmanager
def _keep_out_of_logs(name: str, secret: Secret) -> Iterator[None]:
    """Remove the path of a secret address from a library's log messages."""
    import logging

    def without(record: LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple("/…" if _holds(argument, secret) else argument for argument in record.args)
        return True

    logger = logging.getLogger(name)
    logger.addFilter(without)
    try:
        yield
    finally:
        logger.removeFilter(without)


def _holds(argument: object, secret: Secret) -> bool:
    parts = urlsplit(secret.reveal().strip())
    return (len(parts.path) > 1 and parts.path in str(argument)) or bool(parts.query and parts.query in str(argument))
