"""Errors of services in the forms that frameworks and proxies give them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from seggwat_nb.errors import ApiError, ForbiddenError, NotFoundError, ServerError
from seggwat_nb.source.error_answers import error_in, is_passing

TOKEN = "oat_" + "t" * 43


def answer(status: int, body: object, kind: str = "application/json") -> requests.Response:
    response = requests.Response()
    response.status_code, response.reason, response.url = status, "Whatever", "https://feedback.example/api/v1/projects"
    response.headers["Content-Type"] = kind
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return response


def told(status: int, body: object, kind: str = "application/json") -> str:
    error = error_in(answer(status, body, kind), None)
    assert isinstance(error, ApiError)
    assert error.status == status
    return str(error)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "forbidden", "message": "No access"}, "forbidden: No access"),
        ({"error": "not_found", "message": "Not found"}, "Not found"),
        ({"status": 404, "error": "Not Found"}, "Not Found"),
        ({"message": "Missing Authentication Token"}, "Missing Authentication Token"),
        ({"detail": "You may not do this."}, "You may not do this). "),
        ({"error": {"code": "no_scope", "message": "The token lacks feedback:read"}}, "no_scope: The token lacks"),
        ({"error": {"errors": [{"message": "Quota exceeded"}]}}, "Quota exceeded"),
        ({"detail": [{"loc": ["query", "limit"], "msg": "must be at most 50"}]}, "must be at most 50"),
        ({"title": "Validation failed", "status": 400, "errors": {"limit": ["At most 50."]}}, "Validation failed"),
        ({"errors": {"limit": ["At most 50."]}}, "At most 50)."),
        ({"error": "invalid_token", "error_description": "It has expired"}, "invalid_token: It has expired"),
        ({"error": None, "message": None}, "Whatever"),
        ({"errors": [[[[[["too deep"]]]]]]}, "Whatever"),
        ({"error": 5, "message": [1, None, {}]}, "Whatever"),
        (["a list"], "Whatever"),
        (b"", "Whatever"),
        (b"error code: 1015", "Whatever"),
        (b'{"message": "cut', "Whatever"),
    ],
)
def test_the_message_of_a_service_is_shown_in_whatever_form_it_comes(body: Any, message: str) -> None:
    assert f"returned 400 ({message}" in told(400, body)


@pytest.mark.parametrize("field", ["error", "message", "detail", "title"])
def test_no_form_of_an_error_shows_a_token_or_moves_the_cursor(field: str) -> None:
    for body in ({field: f"{TOKEN}\x1b[2J\nnow"}, {"error": {field: [f"{TOKEN}\x1b[2J\nnow"]}}):
        text = told(403, body)
        assert TOKEN not in text
        assert text.isprintable()


def test_a_page_for_people_is_not_taken_for_the_answer_of_the_service() -> None:
    for kind, body in (("text/html; charset=utf-8", b"Just a moment"), ("text/plain", b"\n<!doctype html>")):
        error = error_in(answer(403, body, kind), None)
        assert isinstance(error, ForbiddenError)
        assert "The answer is a web page. Check SEGGWAT_API_URL" in str(error)
        assert "The service failed. Retry later." in told(503, body, kind)
    assert "web page" not in told(403, {"error": "forbidden"})


def test_a_retry_is_for_failures_that_may_pass() -> None:
    assert [status for status in (408, 425, 500, 502, 503, 504, 520, 530) if not is_passing(status)] == []
    assert [status for status in (400, 401, 403, 404, 409, 429, 501, 505, 511) if is_passing(status)] == []
    error = error_in(answer(501, b""), None)
    assert isinstance(error, ServerError)
    assert "does not offer this" in str(error)


def test_an_error_that_requests_a_pause_may_pass_but_a_refused_token_may_not() -> None:
    assert [status for status in (400, 403, 404, 409, 423, 501) if not is_passing(status, 30.0)] == []
    assert not is_passing(401, 30.0)
    error = error_in(answer(403, {"error": "rate_limit_exceeded"}), 30.0)
    assert isinstance(error, ForbiddenError)
    assert str(error).endswith("The service requested a pause. Retry later.")
    assert "Check SEGGWAT_API_KEY" in str(error_in(answer(401, {}), 30.0))


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_not_found(status: int) -> None:
    error = error_in(answer(status, {"error": "gone"}), None)
    assert isinstance(error, NotFoundError)
    assert error.status == status


def test_a_success_is_no_error() -> None:
    assert error_in(answer(200, {}), None) is None
