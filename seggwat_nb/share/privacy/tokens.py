"""Secrets of programs and people: keys by their makers' prefixes, what a name announces, and named passwords.

Prefixes are those that the makers publish so that scanners find them (GitHub's "secret scanning patterns", and the rules
of gitleaks and detect-secrets, read for which there are). A password has no form: it is masked where a word for it, in
some thirty languages, leads to a value that looks like one. "My password is wrong" stays as it is.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from seggwat_nb.share.privacy.finders import DIGITS, Candidate, Finder, Span, is_letter
from seggwat_nb.share.privacy.shields import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PASSWORDS", "TOKENS", "looks_drawn", "looks_random", "looks_secret"]

_TOKEN: Final = "[token]"  # noqa: S105  # what stands there instead

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
    r"tfp_\w{16,}|CFPAT-[\w-]{16,}|glc_[\w=]{20,}|tskey-[\w-]{16,}|r8_\w{20,}|gsk_\w{20,}|pplx-\w{20,}|nvapi-[\w-]{20,}",
)
"""Keys by their makers' prefixes, in ASCII."""

_PREFIXED: Final = f"(?-u){'|'.join(_MAKERS)}"
_PEM: Final = r"-----BEGIN [A-Z0-9 ]{2,40}-----[A-Za-z0-9+/=\s:,-]*"
_HOOKS: Final = r"https://hooks\.slack\.com/\S+|https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\S+|https://[\w.-]+\.webhook\.office\.com/\S+"
_RUN: Final = r"[A-Za-z0-9][A-Za-z0-9_+/~-]{18,}={0,2}"

_KEYS: Final = (
    r"(?i)(?:x-)?(?:api|app|access|account|auth|client|secret|private|shared ?access|license|activation|encryption|signing|"
    r"consumer|service|master|storage|subscription)[ _-]?(?:key|token|secret|signature)s?(?:[ _-]?(?:id|value))?"
    r"|(?:access|refresh|id|auth|bearer|csrf|session|device|bot|push|reset|jwt)[ _-]?token|\btokens?\b|\bsecrets?\b|\bsignature\b"
    r"|\bauthorization\b|\bbearer\b|\bbasic\b|\bjwt\b|[a-z]{0,4}session(?:[ _-]?(?:id|key|cookie))?\b|\bsid\b|\bcookie\b|\botp[ _-]?secret\b"
    r"|\b(?:api|lizenz|zugangs|aktivierungs)[ -]?schl[uü]ssel\b|\bcl[eé] (?:d.)?(?:api|acc[eè]s|licence)\b|\bclave (?:de )?api\b|\bchave (?:de )?api\b"
    r"|\b(?:api|license|licence|licentie|licens|lisens|activation|setup|2fa)[ -]?(?:code|sleutel|nyckel\p{L}*|nøkkel\p{L}*|nøgle\p{L}*)|avain\b|avaime\p{L}+"
    r"|lisans anahtar\p{L}*|api anahtar\p{L}*|licen[cs]n[ií] klíč|kl[ií]č\p{L}*|kľúč\p{L}*|kulcs\p{L}*|cheie|κλειδ\p{L}+|kunci|khóa|mã bản quyền|מפתח"
    r"|مفتاح|कुंजी|\bclé\b|\bchave\b|\bchiave\b|setup key|recovery key|product key|serial key"
    r"|\bchiave (?:api|segreta)\b|\bklucz api\b|\b(?:api[ -]?)?ключ\b|\bтокен\b|密钥|令牌|トークン|キー|토큰|인증키"
)
_PASSWORDS: Final = (
    # English and the forms of programs; "pass" only where a sign follows.
    r"(?i)[a-z0-9_]{1,24}_pass\b|[a-z0-9_]{1,24}_pwd?\b|passwords?|passwd|passphrase|pass ?code|pass ?wort(?:e|es|s)?|\bpwd?\b|\bpsw\b|\bpass\b|\bp/w\b|\bcreds?\b|credentials?"
    # Networks
    r"|\b(?:wi-?fi|wlan|wpa[23]?|wep|network|netzwerk|security)[ -]?(?:key|schl[uü]ssel)|\bpsk\b|\bcl[eé] (?:wi-?fi|wep|wpa2?)\b"
    r"|\bclave (?:del? |de la )?(?:wi-?fi|red)\b|\bchiave (?:wi-?fi|di rete)\b|\bsenha (?:do |da )?(?:wi-?fi|rede)\b"
    # German, Dutch, the Nordic languages
    r"|kennw[oö]rt\w*|zugangscode|zugangsdaten|losung|wachtwoord\p{L}*|l[oö]senord\p{L}*|adgangskode\p{L}*|kodeord\p{L}*|passord\p{L}*|salasan\p{L}+|lykilor[dð]"
    # French, Spanish, Catalan, Portuguese, Italian, Romanian
    r"|mot de passe|\bmdp\b|identifiants|contrase[nñ]\p{M}?y?a|\bclave\b|contrasenya|\bsenha\b|palavra-?passe|parol[aăei]\p{L}*"
    # Slavic languages, Hungarian, the Baltic languages, Greek, Turkish
    r"|has[lł][oaeu]\p{L}*|hes(?:lo|la|lem|lu|el)\b|lozinka|[sš]ifra|\bgeslo\b|парол\p{L}+|лозинка|jelsz[oóa]\w*|\bparool\b|\bparole\b|slapta[zž]odis|κωδικ\p{L}+|συνθηματικ\p{L}+"
    r"|[sş]ifre\w*"
    # Arabic, Hebrew, Persian, Hindi, Bengali, Thai, Vietnamese, Indonesian and Malay
    r"|كلمة (?:المرور|السر|سر|مرور)|الرقم السري|סיסמ\p{L}+|رمز عبور|گذرواژه|पासवर्ड|কূটশব্দ|পাসওয়ার্ড|รหัสผ่าน|mật khẩu|\b(?:kata )?sandi\b|kata laluan"
    # Chinese, Japanese, Korean
    r"|密码|密碼|口令|パスワード|暗証番号|비밀번호|패스워드|암호"
)
_CODES: Final = (
    r"(?i)\bnip\b|พิน|otp|eng[aå]ngskod\p{L}*|engangskode\p{L}*|kertakäyttö\p{L}*|jednorázov\p{L}+ kód\p{L}*|kod jednorazowy|код із смс|код з смс|\bpin[ -]?(?:code|nummer|number|kod)\b|\bpins?\b|\botps?\b|\bm?tan\b|\b(?:2|m)fa\b|\bcv[cv]2?\b|\bcvn\b|security code|"
    r"(?:verification|confirmation|authentication|auth|login|sms|one[ -]time|backup|recovery|access|unlock|door|gate) code|"
    r"best[aä]tigungs-?code|sicherheits-?code|verifizierungscode|freischaltcode|code (?:de )?(?:v[eé]rification|s[eé]curit[eé]|confirmation|sms|secret|2fa)|"
    r"c[oó]digo (?:de )?(?:verificaci[oó]n|seguridad|confirmaci[oó]n|verifica[cç][aã]o|seguran[cç]a|acesso)|codice (?:di )?(?:verifica|sicurezza|conferma)|"
    r"verificatiecode|beveiligingscode|bekr[aä]ftelsekod|kod (?:weryfikacyjny|pin|sms)|код (?:подтверждения|из смс|доступа|безопасности)|пин(?:-?код)?|"
    r"do[gğ]rulama kodu|رمز التحقق|קוד אימות|ओटीपी|验证码|驗證碼|認証コード|確認コード|暗証番号|인증 ?번호|kode (?:verifikasi|otp)|m[aã] (?:xác minh|otp)"
)
_LOGIN: Final = (
    r"(?i)(?:log(?:ged)?[ -]?in|sign(?:ed)?[ -]?in|login|credentials?|creds|zugangsdaten|anmelde\w*|identifiants?|user(?:name)?|account|"
    r"benutzer\w*|utilisateur|usuario|utente|acceso|accesso|логин)\b[^\n]{0,20}?[\p{L}\p{N}_.@-]{2,40} ?[/:|] ?\S{6,64}"
)

_SCAN: Final = 64
_WORD: Final = re.compile(r"[!-~\u00a1-\u052f\u1e00-\u1fff]+")
"""Passwords are typed on a keyboard of letters; a sentence in Chinese or Thai is none, and parts the words around it."""
_EDGES: Final = "\"'`()[]{}<>,;:!?。、」「»«“”.*"
_MOST_WORDS: Final = 5
_MOST_WORDS_STRONG: Final = 8
"""Words behind a word for a password among which one is looked for that can be a password, or can be nothing else."""
_SHORTEST: Final = 6


def looks_secret(value: str) -> bool:
    """Tell whether a word can be a password: a plain word or number cannot.

    Examples
    --------
    >>> [looks_secret(value) for value in ("hunter2!x", "Chat0nNoir", "wrong", "2024", "falsch!")]
    [True, True, False, False, False]
    """
    letters = sum(char.isalpha() for char in value)
    digits = sum(char.isdigit() for char in value)
    body = value.rstrip(".,;:!?…")
    signs = sum(not char.isalnum() for char in body.strip("\"'()[]<>-–/"))
    if _IS_CODE.fullmatch(value):
        return False
    if letters and digits:
        return len(value) >= 5 and not _IS_PLAIN.fullmatch(value)
    if letters and signs:
        return len(body) >= _SHORTEST and _IS_PHRASE.fullmatch(body) is None
    inner = sum(char.isupper() for char in value[1:])
    return len(value) >= 8 and 0 < inner < letters - 1 and digits == 0 and _IS_CAMEL.fullmatch(value) is None


_IS_CODE: Final = re.compile(
    r"[A-Z]+\d*(?:_[A-Z0-9]+)+|[A-Za-z][\w:-]*=[\"'].*|[A-Za-z_][\w.]*[\[(].*|[$%<{]+[\w.-]+[%>}]*"
)
"""The name of a constant, an attribute or a call stands in programs."""
_IS_PLAIN: Final = re.compile(
    r"(?i)\d+(?:st|nd|rd|th|er|[eè]me|ms|s|sec|min|h|hrs?|d|x|px|kb|mb|gb|tb|k|m|km|cm|mm|%|times|mal|days?)|v?\d+(?:\.\d+)+[a-z]?\d*|"
    r"[a-z]{1,3}\d{1,2}|\d{4}-\d\d(?:-\d\d)?|(?:ios|android|windows|win|macos|chrome|firefox|safari|iphone|ipad|galaxy|pixel|version|"
    r"step|page|level|build|error|http|oauth|sha|md|utf|base|web|x|mp|h)[ -]?\d+\w?"
)
_IS_PHRASE: Final = re.compile(
    r"(?i)[^\W\d_]+(?:['’\-/&.:,()+@…]+[^\W\d_]+)*|[^\W\d_]+[^\w]+|https?:.*|/.*|[\w.+-]+@[\w.-]+"
)
_IS_CAMEL: Final = re.compile(r"[A-Z]?[a-z]+(?:[A-Z][a-z]+)+|[A-Z]+s?|Mc[A-Z][a-z]+")


def looks_random(value: str) -> bool:
    """Tell whether a long run of characters was drawn by a machine.

    Examples
    --------
    >>> looks_random("1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"), looks_random("task-management-is-broken-again")
    (True, False)
    """
    core = value.rstrip("=")
    digits = sum(char.isdigit() for char in core)
    letters = [char for char in core if char.isalpha()]
    if not digits or not letters or len(core) < 20:
        return False
    pieces = [piece for piece in re.split(r"[-_/+~]", core) if piece]
    if (
        len(pieces) > 2 and sum(_IS_WORD.fullmatch(piece) is not None for piece in pieces) >= len(pieces) - 1
    ):  # two words are no sentence
        return False  # Words and numbers, as in the name of a page or a branch.
    counts = Counter(core)
    entropy = -sum(n / len(core) * math.log2(n / len(core)) for n in counts.values())
    if re.fullmatch(r"[0-9a-fA-F]+", core):
        return len(core) >= 32 and entropy > 2.5
    both_cases = any(char.isupper() for char in letters) and any(char.islower() for char in letters)
    changes = sum(_kind(before) != _kind(after) for before, after in pairwise(core))
    return entropy > 3.3 and (both_cases or digits >= len(core) / 6) and changes >= len(core) / 5


def looks_drawn(value: str) -> bool:
    """Tell whether a shorter run mixes capitals, small letters and digits as only a machine does."""
    kinds = {_kind(char) for char in value}
    changes = sum(_kind(before) != _kind(after) for before, after in pairwise(value))
    return len(value) >= 12 and value.isalnum() and kinds == {"d", "u", "l"} and changes >= len(value) / 3


_IS_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def _kind(char: str) -> str:
    return "d" if char.isdigit() else "u" if char.isupper() else "l" if char.islower() else "s"


def _prefixed(candidate: Candidate) -> Iterator[Span]:
    """Mask a key with a known prefix; a word that only begins like one has no digit."""
    if candidate.start and (
        candidate.text[candidate.start - 1].isalnum() and candidate.text[candidate.start - 1] < "\u0530"
    ):
        return
    if any(char.isdigit() for char in candidate.value) or looks_mixed(candidate.value):
        yield candidate.span(_TOKEN)


def looks_mixed(value: str) -> bool:
    """Tell whether a run of letters has capitals where no word has them."""
    body = value.rpartition("_")[2].rpartition("-")[2]
    return sum(before.islower() and after.isupper() for before, after in pairwise(body)) > 2  # camels have few humps


def _whole(candidate: Candidate) -> Iterator[Span]:
    yield candidate.span(_TOKEN)


def _pem(candidate: Candidate) -> Iterator[Span]:
    """Mask a key in armour; one that was cut ends with its last run of base64."""
    value = candidate.value
    ending = re.search(r"-----END [A-Z0-9 ]{2,40}-----", value)
    if ending is not None:
        yield candidate.span(_TOKEN, of=(0, ending.end()))
        return
    body = re.search(r"-----\s*((?:[A-Za-z0-9+/=]{16,}\s*)*)", value[11:])
    length = 11 + (body.end() if body else 0)
    yield candidate.span(_TOKEN, of=(0, len(value[:length].rstrip())))


_UUID: Final = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What programs number their records with; a secret only where a name says so."""


def _run(candidate: Candidate) -> Iterator[Span]:
    """Mask what a machine has drawn; of a path each segment is judged by itself, for words part them."""
    if candidate.cuts_a_word:
        return
    segments = [candidate.value]
    if "/" in candidate.value and any(map(_IS_NAME.fullmatch, candidate.value.split("/"))):
        segments = candidate.value.split("/")
    at = 0
    for segment in segments:
        if _UUID.fullmatch(segment) is None and looks_random(segment):
            yield candidate.span(_TOKEN, of=(at, at + len(segment)))
        at += len(segment) + 1


_IS_NAME: Final = re.compile(r"[a-z]{2,}(?:[-_][a-z]+)*|[A-Z][a-z]+")


def _words_behind(candidate: Candidate) -> Iterator[tuple[int, int, str]]:
    """Give the words that follow on the line, trimmed of what stands around a value, with their places."""
    behind = re.split(r"[\n。！？]", candidate.text[candidate.end : candidate.end + _SCAN + 400], maxsplit=1)[0]
    for number, match in enumerate(_WORD.finditer(behind)):
        if number == _MOST_WORDS_STRONG or match.start() > _SCAN:
            return
        word = match[0].lstrip(_EDGES + "=-–—")
        start = candidate.end + match.end() - len(word)
        kept = word.rstrip(_EDGES)
        if kept:
            yield start, start + len(kept), word


def _is_name(candidate: Candidate) -> bool:
    """Tell whether a marked word stands alone, or as a part of a variable's name."""
    before = candidate.text[candidate.start - 1 : candidate.start]
    return not before or not before.isalpha() or before >= "\u0530" or candidate.value[:1] >= "\u0530"


def _keyed(candidate: Candidate) -> Iterator[Span]:
    """Mask what a key's name announces: the next word, if a machine or a person may have drawn it."""
    if not _is_name(candidate):
        return
    tail = candidate.text[candidate.end : candidate.end + 4]
    announced = bool(re.match(r"\s?[\"']?\s?[:=]", tail))
    for number, (start, end, _) in enumerate(_words_behind(candidate)):
        value = candidate.text[start:end]
        if number > 2:
            return
        if _is_key(value) or (announced and number == 0 and len(value) >= _SHORTEST and looks_secret(value)):
            yield Span(start, end, _TOKEN)
            return


def _is_key(value: str) -> bool:
    body = value.rstrip("=")
    if not re.fullmatch(r"[\w+/.~-]{8,}", body) or _IS_PLAIN.fullmatch(body):
        return False
    digits = sum(char.isdigit() for char in body)
    letters = sum(char.isalpha() for char in body)
    if len(body) >= 12 and value != body and looks_mixed(body):
        return True
    return (
        bool(digits and letters and digits >= len(body) / 8)
        and re.fullmatch(r"\d{4}-\d\d-\d\dT?.*|.*\.(?:[a-z]{2,4}\d?|[A-Z]{2,4}|7z)", body) is None
    )


def _password(candidate: Candidate) -> Iterator[Span]:
    """Mask the first word behind that looks like a password, unless a sentence ends before; else a code of digits."""
    if not _is_name(candidate) or _goes_on(candidate):
        return
    tail = candidate.text[candidate.end : candidate.end + _SCAN]
    if _MANAGES.match(tail):  # What follows is the name of a program, such as 1Password.
        return
    span = _assigned(candidate.end, tail)
    if span is None and not _is_in_a_slug(candidate):
        span = _said(candidate)
        weak = candidate.value.lower() in _OTHER_SENSES and _ANNOUNCES.match(tail) is None
        if weak and not (span is not None and _is_strong(candidate.text[span.start : span.end])):
            return
    if span is not None:
        yield span
    elif not _is_in_a_slug(candidate):
        yield from _code(candidate)


_MANAGES: Final = re.compile(r"[ -]?(?:managers?|generators?)\b", re.IGNORECASE)
_OTHER_SENSES: Final = frozenset({"pass", "parola", "clave", "losung", "parole", "pw", "pwd", "cred", "creds"})
_ANNOUNCES: Final = re.compile(r"[\"']?\s?[:=]|\s(?:is|was|es|è|este)\b")
_SETTING: Final = re.compile(r"[\"']?\s?=\s?(?P<value>\S{4,64})")
_SENTENCE_END: Final = re.compile(r"[.!?。！？]$")
_DIGITS: Final = re.compile(r"\d{3,8}")


def _is_in_a_slug(candidate: Candidate) -> bool:
    return re.search(r"[\w.][-/.]$", candidate.text[max(0, candidate.start - 2) : candidate.start]) is not None


def _is_strong(value: str, *, kinds: int = 3) -> bool:
    """Tell whether a word is a password whatever leads to it, by the kinds of characters that it has."""
    every = (r"\d", r"[a-z]", r"[A-Z]", r"[^\w\s.,:/-]")
    return len(value) >= 8 and sum(re.search(kind, value) is not None for kind in every) >= kinds


def _goes_on(candidate: Candidate) -> bool:
    """Tell whether the word that was marked is only the beginning of one."""
    return candidate.ends_inside_a_word and is_letter(candidate.value[-1]) and candidate.text[candidate.end].isalpha()


def _assigned(end: int, tail: str) -> Span | None:
    """Find the value of a program's setting: everything up to the next blank, quoted or not."""
    setting = _SETTING.match(tail)
    if setting is None or not looks_secret(setting["value"].strip("\"'")):
        return None
    value = setting["value"].rstrip("\"'`")
    return Span(end + setting.start("value"), end + setting.start("value") + len(value), _TOKEN)


def _said(candidate: Candidate) -> Span | None:
    """Find the first word of a sentence that looks like a password."""
    text = candidate.text
    for number, (place, stop, word) in enumerate(_words_behind(candidate)):
        # A sign at the end belongs to the password where the rest is one already.
        whole = text[place : place + len(word.rstrip("\"'`)]}>»」.,;:?。、"))]
        value = whole if whole.endswith("!") and looks_secret(whole[:-1]) else text[place:stop]
        if "://" in value:  # an address of a page, judged by itself
            continue
        name, sign, rest = value.partition(":")
        start = place
        if sign and rest and name.isalpha():
            start, value = place + len(name) + 1, rest
        is_one = (looks_secret(value) and "@" not in value.strip("!@#")) or _is_signed(value)
        if is_one and (number < _MOST_WORDS or _is_strong(value, kinds=4)):
            return Span(start, start + len(value), _TOKEN)
        if _SENTENCE_END.search(word) or _DIGITS.fullmatch(value):
            break
    return None


def _is_signed(value: str) -> bool:
    """Tell whether a word with an at sign is a password rather than an address."""
    kinds = (r"\d", r"[^\W\d_]", r"[^\w\s.,:/-]")
    return "@" in value and re.search(r"@[\w-]+\.\w", value) is None and all(re.search(kind, value) for kind in kinds)


def _code(candidate: Candidate) -> Iterator[Span]:
    """Mask three to eight digits behind a word for a code, with nothing but a few small words between."""
    if not _is_name(candidate):
        return
    found = re.match(
        r"(?:[^\d\n.!?]{0,3}|[^\d\n.!?]{0,2}[:=]\s?|\s(?:\w{1,8}\s){0,2}(?:is|was|ist|war|est|es|era|è|é|är|er|on|to|jest|это|:|=|は|是|是：)\s?:?\s?)[\"'«]?"
        r"(?P<code>\d{4}(?:[ -]\d{4}){1,6}|\d{3,8}|\d{3}[ -]\d{3}|\d{2}[ -]\d{2}(?:[ -]\d{2})?)(?![\d.,/:-]?\d)",
        candidate.text[candidate.end : candidate.end + _SCAN],
        re.IGNORECASE,
    )
    if found is not None and not re.match(
        r"\s?(?:times|mal|fois|veces|min|sec|days?|hours?|%)\b", candidate.text[candidate.end + found.end() :][:8]
    ):
        yield Span(candidate.end + found.start("code"), candidate.end + found.end("code"), _TOKEN)


_CODE_WORDS: Final = (
    r"(?i)\bcodes?\b|\bc[oó]digo\b|\bcodice\b|\bkod\p{L}{0,3}\b|\bkód\p{L}{0,3}\b|\bкод\p{L}{0,2}\b|\bkode\b|رمز|كود|קוד|कोड|รหัส|\bmã\b|코드|コード|"
    r"κωδικ\p{L}{1,3}|\bcod(?:ul)?\b|\bkoodi\p{L}{0,3}"
)
_SENT: Final = re.compile(
    r"\bsms\b|text(?:ed|s| message)?\b|e-?mailed|received?|got\b|sent\b|verif|confirm|one[- ]time|login|2fa|otp|re[cç]u|envoy|recib|lleg|mand|envi|cheg|receb|"
    r"ricev|arriva|inviat|ontv|gestuur|bekommen|erhalten|geschickt|gesendet|dosta|otrzyma|przysz|przysł|přiš|dosta|poslal|смс|приш|присл|надісл|получ|отрим|"
    r"وصل|أرسل|التحقق|קיבל|שלח|נשלח|मिला|आया|भेजा|ได้รับ|ส่ง|nhận|gửi|terima|kirim|gel(?:en|di)|gönder|fick|fått|skick|modta|sendt|saapu|sain|kapott|küld|primit|trimis|"
    r"έλαβ|ήρθε|στείλ|문자|받|인증|届い|送られ|認証|短信|收到|验证|驗證",
    re.IGNORECASE,
)
_OTHER_CODE: Final = re.compile(
    r"(?:error|erreur|fehler|erro|errore|fout|fel|feil|fejl|błęd\w*|chyb\w*|ошибк\w*|hata|http|status|exit|promo\w*|discount|coupon|voucher|gutschein\w*|rabatt\w*|"
    r"post(?:al)?|zip|country|area|qr|bar|source|product|error|エラー|错误|錯誤|오류)[ -]?$",
    re.IGNORECASE,
)


def _sent_code(candidate: Candidate) -> Iterator[Span]:
    """Mask the digits of a code that somebody was sent; the code of an error or of a town is no secret."""
    if candidate.begins_inside_a_word or _OTHER_CODE.search(candidate.before):
        return
    ahead = re.split(r"[.!?。！？\n]", candidate.text[candidate.end : candidate.end + 60], maxsplit=1)[0]
    found = re.match(r"(?P<gap>[^\d]{0,45}?)(?P<code>\d{3}[ -]\d{3}|\d{4,8})(?![\d.,/:-]?\d)", ahead)
    if found is None or UNITS.match(ahead[found.end() :].lower()):
        return
    if _SENT.search(candidate.before) or _SENT.search(found["gap"]):
        yield Span(candidate.end + found.start("code"), candidate.end + found.end("code"), _TOKEN)


_CODE_GAP: Final = re.compile(
    r"(?P<gap>(?:[^\w\n.!?]{0,2}[^\W\d_]{1,12}){1,5}[^\w\n.!?]{1,3})(?P<code>\d{4,8}|\d{3} \d{3})(?![\d.,/:-]?\d)"
)
_NO_CODE: Final = re.compile(
    r"(?:version|update|page|ios|android|build|error|since|seit|depuis|desde|line|step|code|in|year|about|after|times|took|within|every|over|"
    r"only|for|limit|max|min|row|item|ticket|order)\W*$",
    re.IGNORECASE,
)


def _far_code(candidate: Candidate) -> Iterator[Span]:
    """Mask four to eight digits a few words behind a word for a code."""
    if not _is_name(candidate):
        return
    text = candidate.text
    found = _CODE_GAP.match(text[candidate.end : candidate.end + _SCAN])
    if found is None or re.fullmatch(r"(?:19|20)\d\d", found["code"]) or _NO_CODE.search(found["gap"]):
        return
    if not UNITS.match(text[candidate.end + found.end() :][:20].lower()):
        yield Span(candidate.end + found.start("code"), candidate.end + found.end("code"), _TOKEN)


def _any_code(candidate: Candidate) -> Iterator[Span]:
    if not _goes_on(candidate):
        yield from (list(_code(candidate)) or _far_code(candidate))


_GROUPED: Final = r"(?i)[A-Z0-9]{4,6}(?:-[A-Z0-9]{4,6}){2,7}|[A-Z2-7]{4}(?: [A-Z2-7]{4}){3,12}"


def _grouped(candidate: Candidate) -> Iterator[Span]:
    """Mask a key in groups of one length, as licences and set-up keys of second factors are written."""
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
    if mixed >= 2 and ((len(groups) >= 4 and (upper or " " in candidate.value)) or _IS_KEY.search(candidate.before)):
        yield candidate.span(_TOKEN)


_IS_KEY: Final = re.compile(
    r"(?:\bkey|schl[uü]ssel|\bcl[eé]|\bclave|\bchiave|\bchave|\bключ)\W{1,3}(?:is |ist |est |es |è )?$"
)

_COMMANDS: Final = (
    r"(?i)\b(?:curl|wget|https?)\b[^\n|]{0,200}?\s(?:-u|--user|--proxy-user)[ =][\"']?[^\s:\"']{1,64}:\S{3,64}"
    r"|\b(?:sshpass|mysql\w*|mariadb|mongo\w*|redis-cli|smbclient|docker login|ldapsearch|rar|7za?|unzip|zip)\b[^\n|]{0,120}?\s"
    r"(?:-[paPw]|--pass(?:word)?=?)[ =]?[\"']?[^\s\"']{4,64}"
    r"|\bWIFI:[^\n]{0,120}?;P:[^;\n]{4,64}"
)
"""Commands with a user's password, and the text of a Wi-Fi code."""
_ARGUMENT: Final = re.compile(
    r"(?i)(?:\s(?:-u|--user|--proxy-user)[ =][\"']?[^\s:\"']{1,64}:|\s(?:-[pawP]|--pass(?:word)?=?)[ =]?[\"']?|;P:)(?P<value>[^\s\"';]{3,64})[^\s]*$"
)


def _command(candidate: Candidate) -> Iterator[Span]:
    """Mask the password that a command is given."""
    found = _ARGUMENT.search(candidate.value)
    if found is None:
        return
    value = found["value"]
    if not value.isdigit() and not value.startswith(("-", "$", "/")) and (looks_secret(value) or ";P:" in found[0]):
        yield candidate.span(_TOKEN, of=found.span("value"))


_PHRASES: Final = (
    r"(?i)\b(?:(?:recovery|backup|secret|wallet)[^\n]{0,30}? (?:phrase|words?|seed)|seed|mnemonic)\b[^\n]{0,20}?[:\n (\"'-]"
    r"(?:(?:\d{1,2}[.):]? ?)?[a-z]{3,8}[,;]?[ \n]{1,2}){11,23}(?:\d{1,2}[.):]? ?)?[a-z]{3,8}\b"
)
_PHRASE: Final = re.compile(r"(?:(?:\d{1,2}[.):]? ?)?\b[a-z]{3,8}\b[,;]?\s{0,2}){11,24}(?<=\S)(?=\s*$)")
_SENTENCE_WORDS: Final = re.compile(
    r"\b(?:the|and|for|are|was|not|but|from|your|has|our|its|into|been|does|because|after|my|is|to)\b"
)


def _phrase(candidate: Candidate) -> Iterator[Span]:
    """Mask the words that open a wallet: a dozen or two without any that sentences are made with (after BIP 39)."""
    value = candidate.value
    if candidate.ends_inside_a_word:  # a longer word than any of the list begins here
        value = value.rstrip(string.ascii_letters).rstrip()
    for led in reversed([match.end() for match in _LEADS.finditer(value[:_SCAN])]):
        found = _PHRASE.search(value, led)
        if found is not None and _SENTENCE_WORDS.search(found[0]) is None:
            yield candidate.span(_TOKEN, of=found.span())
            return


_LEADS: Final = re.compile(r"\b(?:phrase|words?|is|are|seed|mnemonic|backup|recovery|wallet)\b\W*", re.IGNORECASE)


def _login(candidate: Candidate) -> Iterator[Span]:
    """Mask the password of a name and password in one word."""
    found = re.search(r"(?P<name>[\w.@-]{2,40}) ?[/:|] ?(?P<value>\S{6,64})$", candidate.value)
    if found is None or "//" in found[0]:
        return
    value = found["value"].rstrip("\"'`)]}>.,;:?")
    signs = any(not char.isalnum() for char in value)
    if (
        looks_secret(value)
        and any(char.isdigit() for char in value)
        and signs
        and "/" not in value  # which parts a path
        and not re.search(r"\.\w+\.|\.\w{2,4}$", value)
    ):
        yield candidate.span(_TOKEN, of=(found.start("value"), found.start("value") + len(value)))


TOKENS: Final = (
    Finder(_PEM, _pem, "-"),
    Finder(_HOOKS, _whole, "/"),
    Finder(_PREFIXED, _prefixed),
    Finder(_GROUPED, _grouped, DIGITS),
    Finder(_COMMANDS, _command),
    Finder(_PHRASES, _phrase),
)
PASSWORDS: Final = (
    Finder(_KEYS, _keyed),
    Finder(_LOGIN, _login, DIGITS),
    Finder(_PASSWORDS, _password),
    Finder(_CODES, _any_code, DIGITS),
    Finder(_CODE_WORDS, _sent_code, DIGITS),
    Finder(_RUN, _run, DIGITS),
)
