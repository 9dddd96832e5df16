"""Finds API keys: by vendor prefix, PEM armor, grouping, the name before them, or randomness.

Prefixes are those that vendors publish for secret scanners (see GitHub's "secret scanning patterns"; the rules of
gitleaks and detect-secrets served as an overview).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seggwat_nb.share.privacy.copied_fields import line_below
from seggwat_nb.share.privacy.finders import DIGITS, LINE, NEIGHBORS, Candidate, Finder, Span
from seggwat_nb.share.privacy.keywords import TOKEN, stands_alone, words_after
from seggwat_nb.share.privacy.secret_shapes import IS_PLAIN, SHORTEST, looks_mixed, looks_random, looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["KEYS_BY_FORM", "KEYS_BY_NAME", "RANDOM_RUNS"]

_MAKERS: Final = (
    r"oat_[\w-]{8,}",
    r"gh[oprsu]_[A-Za-z0-9]{16,}|github_pat_\w{20,}",
    r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent)-[\w.-]{16,}",
    r"npm_[A-Za-z0-9]{16,}|pypi-[\w-]{16,}|rubygems_[0-9a-f]{32,}|dckr_(?:pat|oat)_[\w-]{16,}|hf_[A-Za-z0-9]{16,}",
    r"xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}",
    r"(?:sk|pk|rk)_(?:live|test)_\w{10,}|whsec_\w{16,}|sk-(?:ant|proj|svcacct|or)-[\w-]{16,}|sk-[A-Za-z0-9]{20,}",
    r"A(?:KIA|SIA|BIA|CCA|IDA|ROA)[A-Z2-7][A-Z0-9]{14,15}|AIza[\w-]{30,}|ya29\.[\w.-]{16,}|GOCSPX-[\w-]{16,}",
    r"SG\.[\w-]{16,}\.[\w-]{16,}|(?:AC|SK)[0-9a-f]{32}|key-[0-9a-f]{32}|xkeysib-[\w-]{32,}|re_[A-Za-z0-9]{8,}_[A-Za-z0-9]{16,}",
    r"shp(?:at|ss|ca|pa)_[0-9a-fA-F]{16,}|sq0(?:atp|csp)-[\w-]{16,}|EAAA[\w-]{40,}|EAA[A-Za-z0-9]{60,}",
    r"do[opr]_v1_[0-9a-f]{16,}|lin_api_\w{16,}|(?:secret|ntn)_[A-Za-z0-9]{40,}|figd_[\w-]{20,}|PMAK-[\w-]{16,}|NRAK-\w{16,}",
    r"ATATT3[\w=-]{16,}|sntry[su]_[\w=+/-]{16,}|ph[cx]_\w{16,}|hvs\.[\w-]{16,}|pat-(?:na|eu)\d-[0-9a-f-]{16,}|dapi[0-9a-f]{32}",
    r"AGE-SECRET-KEY-1[0-9A-Za-z]{16,}|\d{8,10}:AA[\w-]{30,}|[MNO][\w-]{22,}\.[\w-]{6}\.[\w-]{27,}",
    r"eyJ[\w-]{5,}\.[\w-]{2,}(?:\.[\w-]*)?",
    r"[A-Za-z]{2,12}[_-](?:live|test|prod|sandbox|secret|server|client|key|token|pat|api)[_-][A-Za-z0-9]{12,}",
    r"pat[A-Za-z0-9]{12,16}\.[0-9a-f]{32,}|sl\.[\w-]{40,}",
    r"\$(?:apr1|[156y]|2[abxy]|argon2id?|scrypt|pbkdf2[\w-]{0,16})\$[\w./$,=+-]{16,}|v[1-4]\.(?:local|public)\.[\w.-]{16,}|A3-[A-Z0-9]{6}(?:-[A-Z0-9]{5,6}){5}",
    r"dp\.(?:st|pt|ct|sa|scim|audit)\.[\w.-]{16,}|oy2[a-z0-9]{43}|AKC[A-Za-z0-9]{16,}|glsa_\w{32,}|ops_eyJ[\w-]{16,}|nf[bcopu]_[A-Za-z0-9]{16,}|rnd_[A-Za-z0-9]{16,}|pul-[0-9a-f]{40}",
    r"pscale_(?:pw|tkn|oauth)_[\w.-]{16,}|tfp_\w{16,}|CFPAT-[\w-]{16,}|glc_[\w=]{20,}|tskey-[\w-]{16,}|r8_\w{20,}|gsk_\w{20,}|pplx-\w{20,}|nvapi-[\w-]{20,}",
)
"""Keys with the prefixes of their vendors, in ASCII."""

_PREFIXED: Final = f"(?-u){'|'.join(_MAKERS)}"
_PEM: Final = r"-----BEGIN [A-Z0-9 ]{2,40}-----[A-Za-z0-9+/=\s:,-]*"
_HOOKS: Final = r"https://hooks\.slack\.com/\S+|https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\S+|https://[\w.-]+\.webhook\.office\.com/\S+"
_RUN: Final = r"[A-Za-z0-9][A-Za-z0-9_+/~-]{18,}={0,2}"

_KEYS: Final = (
    r"(?i)(?:x-)?(?:api|app|access|account|auth|client|secret|private|shared ?access|license|activation|encryption|signing|"
    r"consumer|service|master|storage|subscription)[ _-]?(?:key|token|secret|signature)s?(?:[ _-]?(?:id|value))?"
    r"|(?:access|refresh|id|auth|bearer|csrf|session|device|bot|push|reset|jwt)[ _-]?token|\btokens?\b|\bjetons?\b|\bsecrets?\b|_(?:secret|token|key)\b|\bsignature\b|(?-i:Secret|Token)\b|\bsig\b|\bcsrf\b|\bxsrf\b|_csrf\b|_xsrf\b"
    r"|\bauthorization\b|\bbearer\b|\bbasic\b|\bjwt\b|[a-z]{0,4}session(?:[ _-]?(?:id|key|cookie))?\b|\bsid\b|\bcookie\b|\botp[ _-]?secret\b"
    r"|\b(?:api|lizenz|zugangs|aktivierungs)[ -]?schl[uü]ssel\b|\bcl[eé] (?:d.)?(?:api|acc[eè]s|licence)\b|\bclave (?:de )?api\b|\bchave (?:de )?api\b"
    r"|\b(?:api|license|licence|licentie|licens|lisens|activation|setup|2fa)[ -]?(?:code|sleutel|nyckel\p{L}*|nøkkel\p{L}*|nøgle\p{L}*)|avain\b|avaime\p{L}+"
    r"|lisans anahtar\p{L}*|api anahtar\p{L}*|licen[cs]n[ií] klíč|kl[ií]č\p{L}*|kľúč\p{L}*|kulcs\p{L}*|cheie|κλειδ\p{L}+|kunci|khóa|mã bản quyền|מפתח"
    r"|مفتاح|कुंजी|\bclé\b|\bchave\b|\bchiave\b|setup key|recovery key|product key|serial key"
    r"|\bchiave (?:api|segreta)\b|\bklucz api\b|\b(?:api[ -]?)?ключ\b|\bтокен\b|密钥|密鑰|金鑰|令牌|トークン|キー|토큰|인증키|api ?키"
)


def _mask_prefixed(candidate: Candidate) -> Iterator[Span]:
    """Mask a key with a known prefix. A word that merely starts like one has no digit."""
    if candidate.start and (
        candidate.text[candidate.start - 1].isalnum() and candidate.text[candidate.start - 1] < "\u0530"
    ):
        return
    if any(char.isdigit() for char in candidate.value) or looks_mixed(candidate.value):
        yield candidate.span(TOKEN)


def _mask_whole(candidate: Candidate) -> Iterator[Span]:
    yield candidate.span(TOKEN)


def _pem(candidate: Candidate) -> Iterator[Span]:
    """Mask a PEM key. A truncated one ends with its last run of base64."""
    value = candidate.value
    ending = re.search(r"-----END [A-Z0-9 ]{2,40}-----", value)
    if ending is not None:
        yield candidate.span(TOKEN, of=(0, ending.end()))
        return
    body = re.search(r"-----\s*((?:[A-Za-z0-9+/=]{16,}\s*)*)", value[11:])
    length = 11 + (body.end() if body else 0)
    yield candidate.span(TOKEN, of=(0, len(value[:length].rstrip())))


_UUID: Final = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Programs number their records with UUIDs, so one is only a secret if a name says so."""


_NAMED_HASH: Final = re.compile(r"[a-z]{2,8}_[0-9a-f]{32,}")
"""Hexadecimal digits after the short name of whoever made the key."""


def _run(candidate: Candidate) -> Iterator[Span]:
    """Mask a random string. If words separate the segments of a path, each segment is judged by itself."""
    if candidate.cuts_a_word or _is_hashtag(candidate):
        return
    segments = candidate.value.split("/")
    if not any(map(_IS_NAME.fullmatch, segments)):
        segments = [candidate.value]
    at = 0
    for segment in segments:
        is_named_hash = _NAMED_HASH.fullmatch(segment) is not None
        if _UUID.fullmatch(segment) is None and (is_named_hash or looks_random(segment)):
            yield candidate.span(TOKEN, of=(at, at + len(segment)))
        at += len(segment) + 1


def _is_hashtag(candidate: Candidate) -> bool:
    """Return whether words joined as in ``#CityMarathonSpring2026`` follow a number sign that is not part of a URL."""
    marked = candidate.text[max(0, candidate.start - 2) : candidate.start]
    is_marked = marked.endswith("#") and not (marked[:-1].isalnum() or marked[:-1] in {"/", "#"})
    return is_marked and _JOINED.fullmatch(candidate.value) is not None


_JOINED: Final = re.compile(r"[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,})+\d{0,4}")


_IS_NAME: Final = re.compile(r"[a-z]{2,}(?:[-_][a-z]+)*|[A-Z][a-z]+")


def _mask_after_name(candidate: Candidate) -> Iterator[Span]:
    """Mask the word after a key's name, if it looks like a key."""
    tail = candidate.text[candidate.end : candidate.end + 4]
    announced = bool(re.match(r"\s?[\"']?\s?[:=]", tail))
    # The end of the name of a variable, such as MYAPP_SECRET and mySecret.
    is_name = announced and ("_" in candidate.value or candidate.value[:1].isupper())
    if not (stands_alone(candidate) or is_name):
        return
    below = line_below(candidate, words_before=2)
    if (
        below is not None
        and _is_key(value := candidate.text[below.start : below.end])
        and not _NUMBERED.fullmatch(value)
    ):
        yield below
        return
    is_joined = re.match(r"-\w", tail) is not None  # "secret-santa-2026" is one name
    for number, (start, end, _) in enumerate(words_after(candidate)):
        value = candidate.text[start:end]
        if number > 2:
            return
        if number == 0 and is_joined and not looks_random(value):
            continue
        if _is_key(value) or (announced and number == 0 and len(value) >= SHORTEST and looks_secret(value)):
            yield Span(start, end, TOKEN)
            return


_NUMBERED: Final = re.compile(r"\D*\d+\D*")
"""A word with a single number, such as the name of a version or an event."""


def _is_key(value: str) -> bool:
    body = value.rstrip("=")
    if not re.fullmatch(r"[\w+/.~-]{8,}", body) or IS_PLAIN.fullmatch(body):
        return False
    digits = sum(char.isdigit() for char in body)
    letters = sum(char.isalpha() for char in body)
    if len(body) >= 12 and value != body and looks_mixed(body):
        return True
    return (
        bool(digits and letters and digits >= len(body) / 8)
        and re.fullmatch(r"\d{4}-\d\d-\d\dT?.*|.*\.(?:[a-z]{2,4}\d?|[A-Z]{2,4}|7z)", body) is None
    )


_GROUPED: Final = r"(?i)[A-Z0-9]{4,6}(?:-[A-Z0-9]{4,6}){2,7}|[A-Z2-7]{4}(?: [A-Z2-7]{4}){3,12}"


def _mask_groups(candidate: Candidate) -> Iterator[Span]:
    """Mask a key in groups of equal length, like license keys and two-factor setup keys."""
    groups = re.split(r"[ -]", candidate.value)
    if len({len(group) for group in groups}) != 1 or candidate.cuts_a_word:
        return
    if (
        candidate.text[candidate.start - 1 : candidate.start] == "-"
        or candidate.text[candidate.end : candidate.end + 1] == "-"
    ):
        return
    mixed = sum(bool(re.search(r"\d", group) and re.search(r"[A-Za-z]", group)) for group in groups)
    upper = candidate.value == candidate.value.upper()
    both = re.search(r"\d", candidate.value) and re.search(r"[A-Z]", candidate.value)
    is_license = both and len(groups) >= 4 and _IS_LICENSE.search(candidate.before)
    is_mixed = mixed >= 2 and (
        (len(groups) >= 4 and (upper or " " in candidate.value)) or _IS_KEY.search(candidate.before)
    )
    if is_license or is_mixed:
        yield candidate.span(TOKEN)


_IS_KEY: Final = re.compile(
    r"(?:\bkey|schl[uü]ssel|\bcl[eé]|\bclave|\bchiave|\bchave|\bключ)\W{1,4}(?:is |ist |est |es |è )?$"
)

_ATLAS: Final = r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{32,}"

_IS_LICENSE: Final = re.compile(
    r"(?:licen[cs]e|lizenz|licencia|licen[çz]a|licentie|licens|lisans|licencj|лиценз|ліценз|ライセンス|라이선스|许可|\bkey|schl[uü]ssel|serial)\w{0,10}\W{1,4}"
    r"(?:is |ist |est |es |è )?$"
)

KEYS_BY_FORM: Final = (
    Finder(_PEM, _pem, "-----BEGIN ", NEIGHBORS),
    Finder(_HOOKS, _mask_whole, "https://", NEIGHBORS),
    Finder(_PREFIXED, _mask_prefixed, sees=NEIGHBORS),
    Finder(_ATLAS, _mask_whole, "atlasv1", NEIGHBORS),
    Finder(_GROUPED, _mask_groups, DIGITS, LINE),
)
KEYS_BY_NAME: Final = (Finder(_KEYS, _mask_after_name),)
RANDOM_RUNS: Final = (Finder(_RUN, _run, DIGITS, NEIGHBORS),)
