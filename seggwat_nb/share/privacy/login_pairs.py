"""Finds passwords beside the name that they belong to: ``jane@example.org / …``, ``u: jane p: …``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seggwat_nb.share.privacy.finders import LINE, NEIGHBORS, Candidate, Finder
from seggwat_nb.share.privacy.keywords import TOKEN
from seggwat_nb.share.privacy.secret_shapes import looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seggwat_nb.share.privacy.finders import Span

__all__ = ["LOGIN_PAIRS"]

_LOGIN: Final = (
    r"(?i)(?:log(?:ged)?[ -]?in|sign(?:ed)?[ -]?in|login|credentials?|creds|zugangsdaten|anmelde\w*|identifiants?|user(?:name)?|account|"
    r"benutzer\w*|utilisateur|usu[aá]rio|utente|acceso|accesso|acesso|inlog\w*|innlogg\w*|kirjautu\w*|käyttäjä\w*|logowani\w*|użytkowni\w*|p[rř]ihl[aá][sš]\w*|"
    r"prijav\w*|bejelentkez\w*|giriş|đăng nhập|логин|логін|учётк\w*|учетк\w*|вход|вхід|σύνδεση|חשבון|حساب|ログイン|アカウント|登录|登錄|账号|帳號|로그인|계정|아이디)\b[^\n]{0,20}?[\p{L}\p{N}_.@-]{2,40} ?[/:|] ?\S{6,64}"
)


def _login(candidate: Candidate) -> Iterator[Span]:
    """Mask the password in a combined name and password."""
    found = re.search(r"(?P<name>[\w.@-]{2,40}) ?[/:|] ?(?P<value>\S{6,64})$", candidate.value)
    if found is None or "//" in found[0] or _IN_IPV6.fullmatch(found[0]):
        return
    value = found["value"].rstrip("\"'`)]}>.,;:?")
    signs = any(not char.isalnum() for char in value)
    if (
        looks_secret(value)
        and any(char.isdigit() for char in value)
        and signs
        and "/" not in value  # the separator of paths
        and not re.search(r"\.\w+\.|\.\w{2,4}$", value)
        and not _IS_PAGE.fullmatch(value)
    ):
        yield candidate.span(TOKEN, of=(found.start("value"), found.start("value") + len(value)))


_IS_PAGE: Final = re.compile(r"(?:(?:[^\W\d_]{2,}|v?\d|\d[A-Za-z]{1,2})(?:[_-](?!$)|$)){2,}")
"""Words joined with a single digit: "login / 2-step", "dashboard-v2"."""
_ABBREVIATED: Final = r"(?i)\bu(?:n|id)? ?[:=] ?[^\s:=]{2,64}[ ,;/|\n]{1,3}p(?:w|wd)? ?[:=] ?\S{5,64}"


def _mask_after_abbreviations(candidate: Candidate) -> Iterator[Span]:
    """Mask the password after abbreviations: ``u: jane p: …``."""
    found = _ABBREVIATION.search(candidate.value)
    value = found["value"].rstrip("\"'`)]}>.,;:?") if found is not None else ""
    if found is not None and looks_secret(value) and not candidate.begins_inside_a_word:
        yield candidate.span(TOKEN, of=(found.start("value"), found.start("value") + len(value)))


_ABBREVIATION: Final = re.compile(r"[ ,;/|\n]p(?:w|wd)? ?[:=] ?(?P<value>\S+)$", re.IGNORECASE)


_BESIDE: Final = r"(?i)[\p{L}\p{N}][\p{L}\p{N}._%+-]*@(?:[a-z0-9-]+\.)+[a-z]{2,24}(?::| ?[/|] ?)\S{6,64}"


def _beside(candidate: Candidate) -> Iterator[Span]:
    """Mask the password beside an address, but not the path of a file on a host."""
    name, _, rest = candidate.value.partition("@")
    found = re.search(r"(?::| ?[/|] ?)(?P<value>[^\s:/|]+)$", rest)
    if found is None or name.lower() == "git" or _COPIES.search(candidate.before):
        return
    value = found["value"].rstrip("\"'`)]}>.,;:?")
    is_one = looks_secret(value) and re.search(r"\d", value) and not re.search(r"\.\w{1,4}$|[=?&@]", value)
    if is_one and not re.search(r"//|[/=]$", candidate.before[-12:]):
        start = len(name) + 1 + found.start("value")
        yield candidate.span(TOKEN, of=(start, start + len(value)))


_COPIES: Final = re.compile(r"\b(?:ssh|scp|rsync|sftp|git|clone)\b")
_IN_IPV6: Final = re.compile(r"[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}")

LOGIN_PAIRS: Final = (
    Finder(_LOGIN, _login, r"[/:|] ?\S*[0-9]", NEIGHBORS),
    Finder(_ABBREVIATED, _mask_after_abbreviations, r"(?i)\bp(?:w|wd)? ?[:=]", NEIGHBORS),
    Finder(_BESIDE, _beside, r"@\S+\.[A-Za-z]+ ?[/:|]", LINE),
)
