"""Finds e-mail addresses, also if spelled out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seggwat_nb.share.privacy.finders import EDGE, LINE, NEIGHBORS, Candidate, Finder, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ADDRESS", "EMAILS"]

ADDRESS: Final = r"(?i)[\p{L}\p{N}][\p{L}\p{M}\p{N}.!$%'*+^_`{|}~-]*@(?:[\p{L}\p{M}\p{N}-]+\.)+\p{L}[\p{L}\p{M}\p{N}-]+"
"""An e-mail address in any script, in Rust's syntax, for folded text."""

_TLD: Final = (
    r"(?:com|org|net|edu|gov|info|biz|io|dev|app|co|me|de|at|ch|fr|es|it|nl|be|pt|pl|cz|sk|hu|ro|bg|gr|se|no|dk|fi|is|ie|uk|us|ca|mx|br|ar|"
    r"cl|pe|ru|ua|by|kz|tr|il|ae|sa|eg|ir|in|pk|bd|lk|th|vn|id|my|sg|ph|cn|tw|hk|jp|kr|au|nz|za|ng|ke|eu|example|mail|museum|xyz|online)"
)
_AT_WORDS: Final = (
    r"arroba|arrova|arob[ae](?:se|z)?|chiocciol[ao]|ape(?:n)?staart(?:je)?|klammeraffe|affenschwanz|snabel-?a|kanelbulle|kr[oø]ll-?alfa|alfakr[oø]ll|miukumauku|miuku|[aä]t-?merkki|at the rate(?: of)?|at[ -]sign|a bildua|"
    r"ät|małp[aą]|malpa|zavin[aá][čc]|kukac|afna|manki|majmun|мајмун|собач?к[аи]|песик|равлик|вухо|маймунск[оа]|маймуна|кльомба|айқұлақ|παπάκι|παπακι|kuyruklu a|[ea]t işareti|coad[aă] de maimu[tț][aă]|a ?rond|arond|eta|"
    r"שטרודל|כרוכית|کرلی|ات ساین|ایٹ|آت|ایت|अ?ऐट|एट द रेट|एट|ঐট|অ্যাট|এট|அட்|ஆட்|ఎట్|ಎಟ್|അറ്റ്|ઍટ|એટ|ਐਟ|แอท|แอด|ეთი?|შტრუდელი|շնիկ|골뱅이|앳|アット(?:マーク)?|艾特|圈a|小老鼠|a[ -]móc|a[ -]còng"
)
"""What people call the at sign."""
_DOT_WORDS: Final = (
    r"dot|punktum|punkts?|punto|ponto|point|punt|piste|kropka|te[cč]ka|bodka|to[cč]ka|ta[cč]ka|taškas|tā[cč]ka|pik[eë]|puntua|pwynt|ponc|punkturs|тачка|точка|крапка|кропка|нүкте|цэг|pont|nokta|nöqtə|nuqta|punct|τελεία|τελεια|წერტილი|կետ|"
    r"נקודה|نقطة|نقطه|دوت|دات|ڈاٹ|डॉट|डाट|ডট|டாட்|డాట్|ಡಾಟ್|ഡോട്ട്|ડોટ|ਡਾਟ|ਡੌਟ|ඩොට්|ነጥብ|点|點|ドット|점|닷|쩜|titik|tuldok|nukta|chấm|จุด|ดอท"
)
_AT: Final = rf"(?:\s?[\[({{<]\s?(?:{_AT_WORDS}|at|a|@)\s?[\])}}>]\s?|\s(?:{_AT_WORDS}|at|et|chez)\s|\s?@\s?)"
_DOT: Final = rf"(?:\s?[\[({{<]\s?(?:{_DOT_WORDS}|\.)\s?[\])}}>]\s?|\s(?:{_DOT_WORDS})\s|\s?[.。｡]\s?|,)"  # full stops of Chinese and Japanese
_NAMES_THE_SIGN: Final = rf"(?i)@|[\[({{<]\s?(?:at|a|{_AT_WORDS})\s?[\])}}>]|\s(?:at|et|chez|{_AT_WORDS})\s"
_JOINTS: Final = rf"{_DOT_WORDS}|underscore|under score|unterstrich|guion bajo|gui[oó]n|sottolineato|trattino|tiret|podkre[sś]lnik|подчеркивание|тире|дефис|dash|hyphen|minus"
"""What people call the punctuation within a name."""
_SPELT: Final = (
    rf"(?i)(?:[\p{{L}}\p{{N}}]+(?:\s(?:{_JOINTS})\s|\s?[\[({{<](?:{_JOINTS})[\])}}>]\s?)){{0,3}}"
    rf"[\p{{L}}\p{{N}}][\p{{L}}\p{{N}}._+-]*{_AT}[\p{{L}}\p{{N}}-]+(?:{_DOT}[\p{{L}}\p{{N}}-]+)*{_DOT}{_TLD}{EDGE}"
)
_SPELT_UNSPACED: Final = rf"(?i)[a-z0-9][a-z0-9._+-]*\s?(?:艾特|圈a|小老鼠|アット(?:マーク)?|골뱅이|앳|แอท|แอด)\s?[a-z0-9-]+(?:\s?(?:[.。｡]|点|點|ドット|닷|점|쩜|จุด|ดอท)\s?[a-z0-9-]+)*\s?(?:[.。｡]|点|點|ドット|닷|점|쩜|จุด|ดอท)\s?{_TLD}{EDGE}"
"""An address spelled out in a script without spaces between words."""
_REPLACED: Final = (
    rf"(?i)[\p{{L}}\p{{N}}][\p{{L}}\p{{N}}._+-]*[★☆#＃*＊●◎][\p{{L}}\p{{N}}-]+(?:\.[\p{{L}}\p{{N}}-]+)*\.{_TLD}{EDGE}"
)
"""An address with another character in place of the at sign. People who write this mention that it is an address."""
_JOINED: Final = (
    r"(?i)[a-z0-9](?:[a-z0-9.+-]|_)*[_-]at[_-][a-z0-9-]+(?:[_-](?:dot|punkt|point|punto|ponto)[_-][a-z0-9-]+)*"
    rf"[_-](?:dot|punkt|point|punto|ponto)[_-]{_TLD}{EDGE}"
)
"""An address with words in place of its signs: ``jo_AT_example_DOT_org``."""
_UNDERSCORED: Final = rf"(?i)[a-z0-9][a-z0-9.]*_at_[a-z0-9-]+(?:\.[a-z0-9-]+){{0,3}}\.{_TLD}{EDGE}"
"""The same with a dot: the name of a host has no underscore."""
_APART: Final = r"(?i)(?:[a-z0-9._+-] ){2,40}@(?: [a-z0-9.-]){4,60}"
"""An address with a space after each character."""
_QUOTED: Final = r"(?i)\"[^\"\n]{1,64}\"@(?:[\p{L}\p{M}\p{N}-]+\.)+\p{L}[\p{L}\p{M}\p{N}-]+"
"""An address whose name is quoted, since it has spaces (RFC 5322)."""
_AT_HOST: Final = r"(?i)[a-z0-9][a-z0-9._%+-]*@\[?\d{1,3}(?:\.\d{1,3}){3}\]?"

_PARTS: Final = re.compile(
    rf"(?i)(?:[^\s@\[({{<]+(?:\s(?:{_JOINTS})\s|\s?[\[({{<](?:{_JOINTS})[\])}}>]\s?)){{0,3}}(?P<name>[^\s@\[({{<]+?)(?P<at>{_AT})(?P<host>.+)$"
)
_NO_NAMES: Final = frozenset(
    [
        "look",
        "looked",
        "looking",
        "is",
        "am",
        "are",
        "was",
        "were",
        "be",
        "been",
        "meet",
        "stay",
        "stays",
        "stand",
        "arrive",
        "arrived",
        "work",
        "works",
        "here",
        "there",
        "it",
        "this",
        "that",
        "me",
        "us",
        "you",
        "him",
        "her",
        "them",
        "page",
        "pages",
        "available",
        "only",
        "all",
        "not",
        "sold",
        "bought",
        "found",
        "back",
        "aimed",
        "now",
        "version",
    ]
)
_NO_HOSTS: Final = frozenset(
    [
        "this",
        "that",
        "the",
        "my",
        "your",
        "our",
        "his",
        "her",
        "their",
        "page",
        "point",
        "least",
        "last",
        "first",
        "once",
        "all",
        "a",
        "an",
        "any",
        "each",
    ]
)
_BEFORE_A_MENTION: Final = frozenset(
    "us live follow find see hi hey hello thanks thank dear by via from to with and or cc ask tag love like on in for of team support app shop store site website online called named folgt uns bei von und an auf hallo danke nous suivez chez merci bonjour sur par de et à hola gracias en y por siga nos olá obrigado e ciao grazie su da di volg ons hoi bedankt på av och og na i и на от привет спасибо".split()  # noqa: SIM905  # a list of words
)
"""Words before the name of an account: "follow us @example.com"."""


_IS_VERSION: Final = re.compile(
    r"(?i)\d+(?:\.\d+)*(?:[-+][\w.+-]*|\.?(?:a|alpha|b|beta|dev|final|ga|post|pre|rc|release|sp|x)\d*(?:\.[\w.-]*)?)?|\dx\.\w{2,4}"
)
"""What follows the at sign in a package version or an image resolution."""


_IS_UNIT: Final = re.compile(r"[\w:.\\-]+@[\w:.\\-]+\.(?:service|socket|scope|timer|mount|slice|target)")
"""A unit of systemd and its instance: ``getty@tty1.service``."""


def _is_remote(candidate: Candidate, name: str) -> bool:
    """Return whether an address is the account of a repository, which all who use it share: ``git@github.com:…``."""
    return name.lower() == "git" and candidate.text[candidate.end : candidate.end + 1] in {":", "/"}


def _email(candidate: Candidate) -> Iterator[Span]:
    """Mask an address, without the punctuation around it."""
    value = candidate.value
    name, _, host = value.partition("@")
    if "//" in name or _IS_VERSION.fullmatch(host) or _IS_UNIT.fullmatch(value) or _is_remote(candidate, name):
        return
    start = len(name) - len(name.lstrip(".'`*_{|}~!$%^-+"))
    # In a URL, the name starts after the last equals sign.
    start = max(start, name.rfind("=") + 1)
    end = len(value)
    if (
        candidate.text[candidate.end : candidate.end + 1] == "."
        and not candidate.text[candidate.end + 1 : candidate.end + 2].isalnum()
        and value[-3:].isupper()
    ):
        end += 1
    if start < len(name):
        yield candidate.span("[e-mail]", of=(start, end))


def _mask_spelled_out(candidate: Candidate) -> Iterator[Span]:
    """Mask an address that is spelled out, but not "look at this dot com"."""
    found = _PARTS.match(candidate.value)
    if found is None or candidate.cuts_a_word:
        return
    name, at, host = (found[part].strip().lower() for part in ("name", "at", "host"))
    first = re.split(r"[\s.,\[({<]", host, maxsplit=1)[0]
    if (
        _is_remote(candidate, name)
        or name in _NO_NAMES
        or first in _NO_HOSTS
        or name.isdigit()
        or _IS_TIME.fullmatch(first)
    ):
        return
    is_spelt = _SPELT_DOT.search(host) is not None
    if at == "@":
        # "We are live @example.com" names an account. In an address, the sign may have a space on one side or both.
        is_mention = found["at"] == " @" and name in _BEFORE_A_MENTION
        is_whole = bool(re.search(r"[._\d-]", name)) or not is_mention
        is_one = (is_whole and (is_spelt or re.search(r"[.。｡]|,\S", host) is not None)) or _is_told(candidate, host)
    elif at == "at":
        # "Meet me at example.com" names a page, unless the text asks people to write there.
        is_dot = re.search(r"\b(?:dot|punkt)\b", host) is not None  # "at some point in" is none
        is_one = is_dot or _is_told(candidate, host) or _is_persons(name, host)
    elif at == "et":  # "at" in Turkish and Indonesian, and "and" in French
        is_one = re.search(r"\s(?:nokta|titik)\s", host) is not None
    elif at == "chez":  # French people also say it of shops
        is_one = _is_told(candidate, host)
    else:
        is_one = True
    if is_one:
        yield candidate.span("[e-mail]")


_IS_TIME: Final = re.compile(r"\d+(?:[ap]m|h|uhr)?")
_SPELT_DOT: Final = re.compile(rf"(?i)(?:\s|[\[({{<]\s?)(?:{_DOT_WORDS})(?:\s|\s?[\])}}>])")


def _is_told(candidate: Candidate, host: str) -> bool:
    """Return whether the text asks to write there, or a single name stands before a host of mails."""
    return _ASKS_TO_WRITE.search(candidate.before) is not None or (
        "@" in candidate.value and _MAIL_HOST.fullmatch(host) is not None
    )


def _is_persons(name: str, host: str) -> bool:
    """Return whether a name before "at" looks like that of a mailbox: ``frank.mueller``, ``johartley84``."""
    last = name.rpartition(".")[2]
    is_dotted = re.fullmatch(r"[^\W\d_]{2,}[._][^\W\d_]{3,}\d{0,4}", name) is not None
    is_name = is_dotted and re.fullmatch(f"{_TLD}|{_FILE_TYPE}", last) is None
    is_mailbox = _MAIL_HOST.fullmatch(host) is not None and re.fullmatch(r"[^\W\d]{3,}[._-]?\d{1,4}", name) is not None
    return is_name or (is_mailbox and _PRODUCT.match(name) is None)


_MAIL_HOST: Final = re.compile(
    r"(?:gmail|googlemail|gmx|web|outlook|hotmail|live|msn|yahoo|ymail|icloud|me|mac|aol|proton(?:mail)?|posteo|mailbox|"
    r"t-online|freenet|orange|free|laposte|wanadoo|libero|virgilio|seznam|centrum|wp|o2|onet|interia|mail|yandex|bk|inbox|"
    r"list|ukr|qq|163|126|naver|daum|rediffmail|uol|bol|terra|ziggo|kpn|telenet|bluewin|zoho|fastmail|tutanota)"
    r"(?:\.(?:com?|org))?\.[a-z]{2,3}"
)
"""Hosts of people's mails, of which some also are shops or magazines."""
_FILE_TYPE: Final = r"html?|php|json|xml|txt|pdf|jpe?g|png|exe|apk|dmg|zip|docx?|xlsx?|csv|log|java"
_PRODUCT: Final = re.compile(
    r"iphone|ipad|ios|android|galaxy|pixel|windows|win|version|office|outlook|chrome|firefox|step|page"
)


_ASKS_TO_WRITE: Final = re.compile(
    r"(?:mail|courriel|[eé]cri[rvt]\w*|write|reach|contact|schreib|adresse|address|login)\W{0,3}(?:\w{1,10}\W{1,3}){0,3}$"
)


def _replace(candidate: Candidate) -> Iterator[Span]:
    if not candidate.cuts_a_word and _TELLS_OF_MAIL.search(f"{candidate.before} {candidate.after}"):
        yield candidate.span("[e-mail]")


_TELLS_OF_MAIL: Final = re.compile(r"@|mail|邮|郵|メール|連絡先|메일|почт|ईमेल|بريد|דוא|อีเมล", re.IGNORECASE)


def _apart(candidate: Candidate) -> Iterator[Span]:
    """Mask an address with spaces between its characters, but not single letters around an at sign."""
    # The last letter of a word before it, and the first of one after it, are single letters, too.
    start = candidate.start + 2 * candidate.begins_inside_a_word
    end = candidate.end - 2 * candidate.ends_inside_a_word
    if _IS_APART.search(candidate.text, start, end):
        yield Span(start, end, "[e-mail]")


_IS_APART: Final = re.compile(r"\w(?: [\w.+-])* @(?: [\w.-])* \.(?: [A-Za-z]){2,8}$")


def _at_host(candidate: Candidate) -> Iterator[Span]:
    if not candidate.cuts_a_word:
        yield candidate.span("[e-mail]")


EMAILS: Final = (
    Finder(ADDRESS, _email, "@", NEIGHBORS),
    Finder(_APART, _apart, " @ ", NEIGHBORS),
    Finder(_SPELT, _mask_spelled_out, _NAMES_THE_SIGN, LINE),
    Finder(_SPELT_UNSPACED, _at_host, "艾|圈|小老鼠|アット|골뱅이|앳|แอ", NEIGHBORS),
    Finder(_REPLACED, _replace, "[★☆#＃*＊●◎]", LINE),
    Finder(_JOINED, _at_host, "(?i)[_-]at[_-]", NEIGHBORS),
    Finder(_UNDERSCORED, _at_host, "(?i)_at_", NEIGHBORS),
    Finder(_QUOTED, _at_host, '"@', NEIGHBORS),
    Finder(_AT_HOST, _at_host, "@", NEIGHBORS),
)
