"""Masks private parts of URLs and file paths, and IP and MAC addresses."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from seggwat_nb.share.privacy.finders import DIGITS, FOUR_DIGITS, LINE, NEIGHBORS, Candidate, Finder, Span
from seggwat_nb.share.privacy.keywords import IS
from seggwat_nb.share.privacy.secret_shapes import looks_drawn, looks_mixed, looks_random

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["IPS", "URLS"]

_URL: Final = (
    r"(?i)(?:[a-z][a-z0-9+.-]{1,20}:)//[^\s<>\"'«»]+"
    r"|//[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/[^\s<>\"'«»]*"
    r"|(?:[\p{L}\p{N}-]+\.)+\p{L}{2,24}(?::\d{1,5})?/[^\s<>\"'«»]+"
    r"|/[^\s<>\"'«»?]*\?[^\s<>\"'«»]*=[^\s<>\"'«»]*"
    r"|/[^\s<>\"'«»;]*;[a-z]+id=[^\s<>\"'«»]*"
)
_LOGIN: Final = re.compile(r"(?<=//)[^\s/@?#]{1,200}(?=@)")
_PARAMS: Final = re.compile(r";[A-Za-z_]{0,20}(?:id|token|session)=[^\s;/?#]*", re.IGNORECASE)
_MAGIC: Final = re.compile(
    r"(?i)reset|invite|invitation|verify|verification|confirm|confirmation|activate|activation|magic|unsubscribe|join|share[ds]?|token|auth|callback|"
    r"password|passwort|recover|session|login|signin|sso|einladung|best[aä]tigen|j|meet|r|s|d|file|download|preview|draft|onetime|otp|key"
)
_TRAIL: Final = ".,;:!?)]}*。、，！？"  # including full-width punctuation


def _url(candidate: Candidate) -> Iterator[Span]:
    """Mask logins, query and fragment values, session parameters, and secrets in the path of a URL."""
    text = candidate.value.rstrip(_TRAIL)
    if (
        candidate.start
        and candidate.value[0] == "/"
        and candidate.text[candidate.start - 1] not in " \t\n\"'([{<:«»=,;"
    ):
        return  # Inside another URL, or between two words.
    cut = min((at for at in (text.find("?"), text.find("#")) if at >= 0), default=len(text))
    head, tail = text[:cut], text[cut:]
    found = _LOGIN.search(head)
    if found is not None:
        yield candidate.span("[login]", of=found.span())
    yield from (candidate.span("[token]", of=found.span()) for found in _PARAMS.finditer(head))
    before, at = "", 0
    for segment in head.split("/"):
        value = segment.partition(";")[0]
        if _opens(before, value):
            yield candidate.span("[token]", of=(at, at + len(value)))
        before, at = segment, at + len(segment) + 1
    if any(map(_tells, re.split(r"[?&#;]", tail))):
        yield candidate.span("?[query]", of=(cut, len(text)))


_SECRET_KEY: Final = re.compile(
    r"(?i)tok|key|sig|secret|auth|code|sess|sid|pass|pwd|otp|hash|ticket|invit|mail|user|uid|name|phone|tel|access|jwt|nonce|state|cred|login|"
    r"cust|client|kunde|klant|klient|member|account|nom(?:bre)?$|nome|naam|vorname|nachname|prenom|apellido|correo|telef|handy|mobil|adres|addr|birth|geburt|dob$|email|card|iban|licen|hmac|policy|grant|magic|confirm|verif|reset|click|fbclid|gclid|\bid$|[a-z]id$"
)
_PLAIN_VALUE: Final = re.compile(
    r"[^\W\d_]{0,24}(?:[-_+. ,][^\W\d_]{1,24}){0,6}(?:[-_+. ,]?\d{1,4}){0,2}|\d{4}-\d\d(?:-\d\d)?|v?\d{1,3}(?:\.\d{1,4}){1,3}"
)
"""Words and small numbers, such as search terms and display options."""


_SENTENCE: Final = re.compile(r"[^\W\d_]+(?:[+ ][^\W\d_]+){3,}")
"""What somebody searched for, if it is more than a few words."""


def _tells(part: str) -> bool:
    """Return whether a part of a query is more than a display option."""
    key, sign, value = part.partition("=")
    if not sign:
        return looks_random(part)
    value = unquote(value)
    if looks_mixed(value) or _SENTENCE.fullmatch(value):
        return True
    if value and (_SECRET_KEY.search(key) or not key.isascii()):
        return True
    return _PLAIN_VALUE.fullmatch(value) is None


_SLUG: Final = re.compile(r"[a-z]{2,}(?:-[a-z]+)*(?:[-_]v?\d{1,4}(?:\.\d{1,4})*)+(?:\.[a-z]{2,4})?")
"""A name and a small number, such as of a page or a version."""


def _is_magic(segment: str) -> bool:
    """Return whether a secret follows a segment of a path: one of the words, or several with one such as "reset-password"."""
    return any(_MAGIC.fullmatch(word) and (len(word) > 1 or word == segment) for word in re.split("[-_.]", segment))


_CALL: Final = re.compile(r"\w\(\w+\.\w{1,5}:\d")
"""A call in a stack trace: "java.base/java.lang.Thread.run(Thread.java:833)"."""


_DIGEST: Final = re.compile(r"@sha\d{1,3}:[0-9a-f]*$")
"""The digest of an image of Docker."""


def _opens(before: str, value: str) -> bool:
    """Return whether a segment of a path is a secret, judging by its look or by the segment before it."""
    value = _DIGEST.sub("", unquote(value))
    if _CALL.search(value):
        return False
    if looks_random(value) and re.fullmatch(r"(?i)[0-9a-f]{24}|[0-9a-f]{40}|[0-9a-f-]{36}", value) is None:
        return True
    digits = sum(char.isdigit() for char in value)
    if looks_drawn(value.lstrip("+")):  # an invitation to a chat
        return True
    return (
        _is_magic(before)
        and _SLUG.fullmatch(value) is None
        and digits >= 2
        and len(value) >= 8
        and bool(re.fullmatch(r"[\w.~=-]+", value))
    )  # names rarely have two digits


_IPV4: Final = r"(?:::[fF]{4}:)?\d{1,3}(?:(?:\.|\[\.\]|\(\.\)|\[dot\])\d{1,3}){3}(?::\d{2,5})?"
"""An address, also if written so that no program makes a link of it (203.0.113[.]57) or as one of version 6."""
_IPV6: Final = r"(?i)(?:[0-9a-f]{0,4}:){2,8}[0-9a-f]{0,4}(?:%[a-z0-9]{1,10})?"
_ABOUT_IP: Final = re.compile(
    r"(?:\bip\b|ip[-_ ]?(?:v[46]|addr\w*)|адрес|address|adresse|direcci[oó]n|endere[cç]o|indirizzo|forwarded|remote|client|host|server|proxy|"
    r"gateway|ping|dns|vpn|from|von|desde|depuis|\bde\b|\bda\b|från|fra|с\b|от\b|ip是|ip)[^\n]{0,20}$",
    re.IGNORECASE,
)
_ABOUT_VERSION: Final = re.compile(
    r"(?:\btcp/ip|\bv|version|versie|versi[oó]n|vers[aã]o|versione|wersj\w|верси\w|ver[sz]i\w{1,6}|verze|sürüm\w*|έκδοση|גרסה|إصدار|الإصدار|نسخة|نسخه|वर्[शज़]+न|เวอร์ชั่?น|\bbản|版本|バージョン|버전|firmware|release|build|app|chrome|firefox|safari|edge|"
    r"android|ios|macos|windows|section|chapter|kapitel|§|abschnitt|oid|rfc|step|schritt|update(?:d)?(?: to)?|upgrade[d]?(?: to)?|driver|kernel)"
    r"[\s:=#-]{0,3}(?:to |auf |is |ist )?$",
    re.IGNORECASE,
)
_UPDATES: Final = re.compile(
    r"(?:up|down)(?:grad|dat)\w*|aktualisier\w*|mise? [aà] jour|actualiz\w*|atualiz\w*|aggiorn\w*|oppdater\w*|opdater\w*|uppdater\w*|päivit\w*|bijgewerkt|zaktualiz\w*|обнов\w*|оновлен\w*|güncelle\w*|更新|升级|アップデート|업데이트"
)
"""Words for an update, from one version to another."""
_FROM: Final = 10
"""Four small numbers may well be a version, and addresses that start lower belong to well-known servers."""


def _is_update(candidate: Candidate, host: str) -> bool:
    """Return whether small numbers stand beside a word for an update, from one version to another."""
    is_small = max(map(int, host.split("."))) < _FEW
    is_told = _UPDATES.search(candidate.before) or _UPDATES.search(candidate.after)
    return is_small and is_told is not None and _ADDRESS.search(candidate.before) is None


_FEW: Final = 100
_ADDRESS: Final = re.compile(r"\bip\b|\bips\b|addr|адрес|host|server|proxy|gateway|ping|dns|vpn")


def _ipv4(candidate: Candidate) -> Iterator[Span]:
    host = re.sub(r"[\[(](?:\.|dot)[\])]", ".", _MAPPED.sub("", candidate.value).partition(":")[0])
    before, after = (
        candidate.text[candidate.start - 1 : candidate.start],
        candidate.text[candidate.end : candidate.end + 2],
    )
    glued = before.isalpha() and before < "\u0530" and not candidate.before.endswith("ip")
    if (before and (before.isdigit() or before in "._-v" or glued)) or re.match(r"\.?\d|[A-Za-z_]", after):
        return
    try:
        address = IPv4Address(host)
    except AddressValueError:
        return
    if (
        host in _RESOLVERS
        or address.is_loopback
        or address.is_unspecified
        or address.is_multicast
        or host.startswith("255.")
        or "mask" in candidate.after[:8]
        or host.endswith((".0.0", ".255.255"))  # the first or last address of a network
        or _is_network(host, candidate)
    ):
        return
    is_release = max(map(int, host.split("."))) < _FEW and _RELEASE_AFTER.match(candidate.after) is not None
    is_version = is_release or _ABOUT_VERSION.search(candidate.before) is not None or _is_update(candidate, host)
    is_heading = candidate.before == "" and re.match(r"\.\s", after) is not None
    named = _ABOUT_IP.search(candidate.before.replace("tcp/ip", "")) is not None and not _is_update(candidate, host)
    told = int(host.partition(".")[0]) >= _FROM and not is_version and not is_heading
    if named or told:
        yield candidate.span("[ip]")


def _is_network(host: str, candidate: Candidate) -> bool:
    """Return whether an address is a whole network, such as 192.168.4.0/24, which nobody can be known by."""
    prefix = _PREFIX.match(candidate.after)
    if prefix is None:
        return False
    try:
        network = ip_network(f"{host}{prefix[0]}")
    except ValueError:  # a single address, with its network
        return False
    return network.prefixlen <= _NOBODYS[network.version]


_PREFIX: Final = re.compile(r"/\d{1,3}\b")
_NOBODYS: Final = {4: 24, 6: 32}
"""Smaller networks of version 6 are those of a household."""
_RESOLVERS: Final = frozenset(
    {"1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "149.112.112.112", "208.67.220.220", "208.67.222.222"}
)
"""Public resolvers of names, which everybody uses."""
_RELEASE_AFTER: Final = re.compile(
    rf"\W{{1,2}}(?:{IS})\W(?:\w{{1,10}}\W){{0,3}}(?:release|version|versi[oó]n|vers[aã]o|wersja|верси[яю])\b"
)
_MAPPED: Final = re.compile("^::ffff:", re.IGNORECASE)
_HOST: Final = r"(?i)(?:[a-z][a-z0-9]{0,15}[.-]|[a-z]{1,12})?\d{1,3}(?:-\d{1,3}){3}(?:-[a-z]{1,12})?(?:\.[a-z0-9][a-z0-9-]*){1,8}\.[a-z]{2,24}"
_IN_HOST: Final = re.compile(
    r"(?:(?P<kind>[a-z]+(?:2(?=[.-]))?)(?:[a-z0-9]*[.-])?)?(?P<ip>\d+(?:-\d+){3})(?=[-.])", re.IGNORECASE
)
_CUSTOMER: Final = re.compile(
    r"(?i)ip|ec2|host|a?dsl|cable|pool|dyn\w*|static|client|customer|dhcp|ppp\w*|cpe|c|user|broadband|mobile|node"
)
"""What a provider calls the connections of its customers."""


def _in_host(candidate: Candidate) -> Iterator[Span]:
    """Mask the address in the name that a provider gave to a connection, but not the version in the name of a file."""
    found = _IN_HOST.match(candidate.value)
    if found is None or candidate.cuts_a_word or _FILE_NAME.search(candidate.value):
        return
    numbers = [int(part) for part in found["ip"].split("-")]
    is_known = _CUSTOMER.fullmatch(found["kind"] or "") is not None
    if max(numbers) < 256 and numbers[0] and (is_known or (numbers[0] >= _FROM and max(numbers) >= _FEW)):
        yield candidate.span("[ip]", of=found.span("ip"))


_FILE_NAME: Final = re.compile(
    r"(?i)\.(?:js|css|html?|map|zip|gz|jar|png|jpe?g|svg|json|xml|txt|pdf|log|exe|dmg|apk|deb|rpm)$"
)


def _ipv6(candidate: Candidate) -> Iterator[Span]:
    value = candidate.value.partition("%")[0]
    if value[0] == ":" and value[1:2] != ":":  # a colon as punctuation
        candidate = Candidate(candidate.text, candidate.start + 1, candidate.end)
        value = value[1:]
    before, after = (
        candidate.text[candidate.start - 1 : candidate.start],
        candidate.text[candidate.end : candidate.end + 1],
    )
    if (
        (before and ((before.isalnum() and before < "\u0530") or before == "_"))
        or (after.isalnum() and after < "\u0530")
        or after == ":"
    ):
        return
    try:
        address = IPv6Address(value.rstrip(":") if value.endswith(":") and not value.endswith("::") else value)
    except AddressValueError:
        return
    groups = [group for group in value.split(":") if group]
    if (
        not (address.is_loopback or address.is_multicast or _is_network(str(address), candidate))
        and len(groups) > 1
        and any(char.isdigit() for char in value)
        and (len(groups) > 2 or len(value) > 8)
    ):  # a::b is common in source code
        yield candidate.span("[ip]")


_MAC: Final = (
    r"(?i)(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|(?:[0-9a-f]{2}-){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}|[0-9a-f]{12}"
)


def _mac(candidate: Candidate) -> Iterator[Span]:
    """Mask a MAC address, in the notation of IEEE, Windows or Cisco."""
    value = candidate.value
    around = candidate.text[candidate.start - 1 : candidate.start] + candidate.text[candidate.end : candidate.end + 1]
    is_named = re.search(r"\bmac\b", candidate.before) is not None
    is_bare = (
        value.isalnum()
        and re.search(r"\bmac(?:[ -]?(?:addr\w*|adr\w*|id))?\W{1,3}(?:is |ist )?$", candidate.before) is None
    )
    is_part = re.search("[:-]", around) or re.match(r"\.\w", candidate.text[candidate.end : candidate.end + 2])
    is_plain = is_bare or (value.isalnum() and value.isdigit())
    if not candidate.cuts_a_word and not is_part and not is_plain and (is_named or re.search("[a-fA-F]", value)):
        yield candidate.span("[number]")


_HOMES: Final = (
    r"users|home|benutzer|utilisateurs|usuarios|usu[aá]rios|utenti|gebruikers|anv[aä]ndare|brugere|brukere|k[aä]ytt[aä]j[aä]t|"
    r"u[zż]ytkownicy|u[zž]ivatel[eé]|felhaszn[aá]l[oó]k|utilizatori|kullan[ıi]c[ıi]lar|пользователи|користувачі|"
    r"用户|用戶|使用者|ユーザー|사용자|documents and settings|dokumente und einstellungen"
)
_ROOT: Final = (
    r"[a-z]:|[a-z]\$|/mnt(?:/[a-z])?|/(?:cygdrive/)?[a-z]|/(?:var|export|usr|nfs|net|data)|/System/Volumes/Data|"
    r"/Volumes/[^\s/]{1,20}(?: [^\s/]{1,10})?|://file|\\"
)
"""What stands before the folder of all homes, which pages of a website do not have."""
_NAME: Final = r"[^\s\\/\"'<>|:*?]{1,40}(?:\\? [^\s\\/\"'<>|:*?]{1,20}){0,3}"
"""A name, of which a shell escapes the spaces."""
_HOME: Final = rf"(?i)(?:{_ROOT})?[\\/]{{1,4}}(?:{_HOMES})\$?[\\/]{{1,4}}(?:{_NAME}[\\/][^\s\"'<>|*?]*|[^\s\\/\"'<>|:*?,;()&`]{{1,40}})"
_IN_HOME: Final = re.compile(
    rf"(?i)(?P<root>{_ROOT})?[\\/]{{1,4}}(?P<home>{_HOMES})\$?[\\/]{{1,4}}(?P<name>(?:\\ |[^\\/])+)(?:[\\/]+(?P<rest>.*))?"
)
_NOBODY: Final = frozenset(
    "user users username name root admin administrator ubuntu debian runner node app default public shared guest me "  # noqa: SIM905  # a list of names
    "you your yourname vsts circleci travis jenkins git www-data pi vagrant docker".split()
)
"""System accounts, and placeholders used in documentation."""
_FOLDERS: Final = re.compile(
    r"(?i)\.[a-z]\w+|library|documents?|desktop|downloads?|pictures|photos?|music|movies|videos?|projects?|repos?|dev|code|src|bin|"
    r"work(?:space)?|appdata|onedrive|dropbox|dokumente|schreibtisch|bilder|projekte|t[eé]l[eé]chargements|bureau|escritorio|descargas|"
    r"documentos|scrivania|documenti|immagini|[aá]rea de trabalho|pobrane|pulpit|plocha|skrivbord|документы|загрузки|рабочий стол|"
    r"public_html|завантаження|документи|下载|文档|桌面|图片|ダウンロード|デスクトップ|다운로드|바탕화면"
)
_DOCUMENT: Final = re.compile(r"[^\\/]\.(?!html?$|php$|aspx?$|jsp$)[a-z]\w{0,7}$", re.IGNORECASE)


def _home(candidate: Candidate) -> Iterator[Span]:
    """Mask the user name in a home directory, but not in the path of a page, such as ``home/news/latest``."""
    found = _IN_HOME.fullmatch(candidate.value.rstrip(_TRAIL))
    before = candidate.text[candidate.start - 1 : candidate.start]
    if found is None or found["name"].lower() in _NOBODY or re.search(r"[%$<{\[]", found["name"]):
        return
    is_page = _LETTER.fullmatch(found["root"] or "") and (before.isalnum() or not found["home"][0].isupper())
    if is_page:  # such as /r/users/all
        return
    is_drive = found["root"] is not None or "\\" in candidate.value
    if not is_drive and (
        before.isalnum() or found["home"].lower() not in {"home", "users"} or found["home"] == "users"
    ):
        return
    rest = found["rest"]
    if rest is None:
        is_home = is_drive or _is_whole_home(candidate, found["home"], found["name"])
    else:
        is_folder = any(map(_FOLDERS.fullmatch, re.split(r"[\\/]+", rest)))
        is_home = is_drive or is_folder or _DOCUMENT.search(rest.partition(":")[0]) is not None
    if is_home:
        yield candidate.span("[login]", of=found.span("name"))


_LETTER: Final = re.compile(r"(?i)/[a-z]")
"""A drive in Git Bash, where the folder of homes has a capital, as in Windows."""


def _is_whole_home(candidate: Candidate, home: str, name: str) -> bool:
    """Return whether a path that ends with a name is a home: one of macOS, or told to be one or a folder."""
    if _FOLDERS.fullmatch(name) or _DOCUMENT.search(f"/{name}") or _PAGES.fullmatch(name) or name.isdigit():
        return False
    return home == "Users" or _ABOUT_FOLDER.search(candidate.before + candidate.after) is not None


_PAGES: Final = re.compile(
    r"(?i)page|index|settings|profiles?|login|logout|register|sign-?(?:in|up|out)|edit|new|create|list|details|search|"
    r"about|news|dashboard|account|contact|help|manage|roles|permissions|groups|invite|reset|delete|all|export|import|"
    r"orders?|cart|checkout|menu|products?|items?|shop|feed|main|welcome|overview|reports?|tasks?|messages?|notifications"
)
"""What pages are called."""
_ABOUT_FOLDER: Final = re.compile(
    r"(?<![\w/])home ?(?:is|was|=|:)|\$home|\bcd\b|\bls\b|mkdir|ch(?:own|mod)|mount|\bdirs?\b|director|folder|no such file|denied|disk|backup|"
    r"ordner|verzeichnis|r[eé]pertoire|dossier|carpeta|directori|pasta|cartella|\bmap\b|mapp|katalog|папк|каталог|"
    r"フォルダ|目录|目錄|文件夹|폴더"
)
"""Words for folders, and commands that take one."""

_TILDE: Final = r"~[a-z_][a-z0-9_.-]{1,31}/[^\s\"'<>|*?]+"


def _own_home(candidate: Candidate) -> Iterator[Span]:
    """Mask the user name in ``~jo/.ssh/config``, but not in "~half/day"."""
    name, _, rest = candidate.value[1:].rstrip(_TRAIL).partition("/")
    is_path = any(map(_FOLDERS.fullmatch, rest.split("/"))) or _DOCUMENT.search(rest) is not None
    if is_path and name not in _NOBODY and not candidate.begins_inside_a_word:
        yield candidate.span("[login]", of=(1, 1 + len(name)))


_DISK: Final = r"(?:/run)?/media/[^\s\\/\"'<>|:*?]{1,40}/[^\s\"'<>|*?]+"
_MOUNTED: Final = re.compile(r"(?P<run>/run)?/media/(?P<name>[^/]+)/(?P<disk>[^/]+)")
_IS_DISK: Final = re.compile(
    r"(?i)(?:[a-z0-9]{1,8}[_-]?)?(?:usb|disk|drive|stick|hdd|ssd|sd-?card)(?:[_-]?[a-z0-9]{1,5})?|[0-9a-f]{4}-[0-9a-f]{4}|[0-9a-f]{16}"
)
_MEDIA: Final = re.compile(
    r"(?i)images?|uploads?|files?|css|js|cache|catalog|products?|static|assets|blog|articles?|pages?"
)
"""Folders of a website."""


def _own_disk(candidate: Candidate) -> Iterator[Span]:
    """Mask the user name in the path of a disk that Linux mounted, but not in that of a file of a website."""
    found = _MOUNTED.match(candidate.value)
    if found is None or candidate.begins_inside_a_word or found["name"] in _NOBODY or _MEDIA.fullmatch(found["name"]):
        return
    if found["run"] or _IS_DISK.fullmatch(found["disk"]):
        yield candidate.span("[login]", of=found.span("name"))


URLS: Final = (
    Finder(_URL, _url, "/", NEIGHBORS),
    Finder(_HOME, _home, r"[\\/]", LINE),
    Finder(_TILDE, _own_home, "~[a-z_]", NEIGHBORS),
    Finder(_DISK, _own_disk, "/media/", NEIGHBORS),
    Finder(_MAC, _mac, DIGITS, LINE),
)
IPS: Final = (
    Finder(_IPV4, _ipv4, FOUR_DIGITS, LINE),
    Finder(_HOST, _in_host, "[0-9]-[0-9]{1,3}-[0-9]", NEIGHBORS),
    Finder(_IPV6, _ipv6, DIGITS, (NEIGHBORS[0], len("/128 "))),
)
