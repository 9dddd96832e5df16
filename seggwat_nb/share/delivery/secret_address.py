"""Sending to an address that is a secret itself, as those of webhooks are: it stands in no request, log or error."""

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
    """Puts the address in at the last step, in place of the one that the request names.

    Parameters
    ----------
    address
        Where everything is sent.
    """

    def __init__(self, address: Secret) -> None:
        super().__init__(None)
        self._address = address

    def signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Copy a request, with the headers that are sent and the address."""
        signed = super().signed(request)
        signed.url = self._address.reveal().strip()
        return signed

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # as requests
        """Send a copy, without a trace of the address."""
        with _keep_out_of_logs("urllib3.connectionpool", self._address):
            return super().send(request, *args, **kwargs)


def origin_of(address: Secret) -> str:
    """Return scheme and host of an address, which are no secret."""
    parts = urlsplit(address.reveal().strip())
    return f"{parts.scheme}://{parts.netloc}"


@contextmanager
def _keep_out_of_logs(name: str, secret: Secret) -> Iterator[None]:
    """Take the path of a secret address out of what a library logs of it."""
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
