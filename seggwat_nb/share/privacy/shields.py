"""Protects text that only looks personal: dates, times, prices, versions, file names, large numbers and sequences."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from seggwat_nb.share.privacy.call_words import CALLS_OUTRIGHT
from seggwat_nb.share.privacy.finders import DIGITS, LINE, NEIGHBORS, Candidate, Finder, Span
from seggwat_nb.share.privacy.keywords import MY

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SHIELDS", "UNITS", "counts_up"]

_DATE: Final = (
    r"(?:19|20)\d\d([-/. ])(?:0?[1-9]|1[0-2])[-/. ](?:0?[1-9]|[12]\d|3[01])"
    r"(?:[T ,_-]{1,2}[0-2]?\d[-:. ]?[0-5]\d(?:[-:. ]?[0-5]\d(?:[.,]\d{1,9})?)?(?: ?Z|[+-]\d\d:?\d\d)?)?"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:19|20)\d\d(?:[ ,]{1,2}[0-2]?\d[:.][0-5]\d(?:[:.][0-5]\d)?)?"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[T_ -]?[0-2]\d[0-5]\d(?:[0-5]\d)?Z?"
    r"|[0-2]?\d:[0-5]\d:[0-5]\d(?:[.,]\d{1,9})?"
    r"|(?:(?:19|20)\d\d[-/.]\d\d[ ,;-]+){1,20}(?:19|20)\d\d[-/.]\d\d"
    r"|(?:(?:19|20)\d\d[ ,;/-]+){1,20}(?:19|20)\d\d"
    r"|(?:19|20)\d\d ?年 ?\d{1,2} ?月(?: ?\d{1,2} ?日)?(?: ?\d{1,2} ?[時时点] ?(?:\d{1,2} ?分)?)?"
)

_VERSION: Final = (
    r"(?i)(?:\bv(?:er(?:sion)?)?\.? ?|[a-z][a-z+#-]{1,20}[/ -])\d{1,6}(?:\.\d{1,7}){1,4}(?:[-+][0-9a-z.]{1,20})?"
    r"|@\d{1,5}(?:\.\d{1,5}){1,3}"
)
_NO_VERSION: Final = re.compile(
    r"(?i)(?:ip|ips|ipv4|addr\w*|adresse|from|von|host|server|ping|proxy|gateway|client|dns|de|da|от|с|at|to|tel|telefon\w*|"
    r"phone|fax|mobile?|handy|call|t[eé]l|м?об|тел|whatsapp|sms|nr|no|num\w*|n[uú]mero|numer\w*|login|is|ist|est|es|via|"
    r"[a-z]*(?:number|nummer)|kont[a-z]*|reken[a-z]*|acc(?:oun)?t|rachun[a-z]*)[/ :-]"
)
"""Words that may come before an IP address or a telephone number as well as before a version."""

_ENDING: Final = (
    r"\.(?:jpe?g|png|gif|webp|heic|svg|mp[34]|mov|avi|pdf|docx?|xlsx?|pptx?|csv|json|xml|txt|log|zip|"
    r"gz|rar|7z|exe|dmg|apk|ipa|msi|deb|rpm|iso|html?|css|js|ts|py|java|kt|rb|go|rs|php|sql|ya?ml)"
)
_PICTURE: Final = (
    r"(?:Screenshot|Screen Shot|Bildschirmfoto|Capture d.écran|IMG|DSC|PXL|VID|Captura de pantalla|Schermata)[ _-]"
)
_FILE: Final = rf"(?i)[\p{{L}}\p{{N}}_-]+{_ENDING}|{_PICTURE}(?:[\p{{L}}\p{{N}}_.-]{{1,20}} ?){{1,6}}"

_MONEY: Final = (
    r"(?:[$€£¥₹₽₩₺₫฿₪]|(?:USD|EUR|GBP|CHF|INR|JPY|BRL|PLN|SEK|NOK|DKK|R\$|Rp|Rs|kr|zł)\b\.?) ?\d{1,12}(?:[., ']\d{2,3}){0,5}"
    r"|\d{1,12}(?:[., ']\d{2,3}){0,5} ?(?:[$€£¥₹₽₩₺₫฿₪%‰]|(?:USD|EUR|Euro?s?|GBP|CHF|INR|JPY|BRL|PLN|SEK|NOK|DKK|TL|руб|kr|zł)\b)"
)
_THOUSANDS: Final = (
    r"[+-]?\d{1,3}(?:([., ' ])000){1,4}|[+-]?\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,4})?|[+-]?\d{1,3}(?:\.\d{3}){1,4},\d{1,4}"
)
_DECIMAL: Final = r"-?\d{1,6}\.\d{5,20}|[1-9]\d{3,9}\.\d{1,2}|[1-9]\d{6,9}\.\d{5,20}|-?\d{1,3}\.\d{1,4}(?:e-?\d{1,3})"
_LIST: Final = r"(?:\d{1,2}[ ,;-]+){4,60}\d{1,2}"
_NUMBERED: Final = (
    r"(?i)(?:\b(?:order|ticket|invoice|case|issue|bug|tracking|shipment|parcel|isbn(?:-1[03])?|ean|gtin|barcode|sku|upc|doi|oid|rfc|lot|batch|"
    r"build|revision|commit|ref|bestellung|bestell-?nr|auftrag|rechnung|sendung|vorgang|commande|facture|colis|pedido|factura|"
    r"ordine|fattura|ordren?|encomenda|bestelling|factuur|zam[oó]wieni\p{L}+|faktur\p{L}+|objedn[aá]vk\p{L}+|beställning|tilaus|rendelés\p{L}*|sipariş|fatura|"
    r"заказ\p{L}*|сч[её]т|pesanan|đơn hàng)\b|订单号?|注文番号?|주문번호?|訂單)[ .:#№n°o-]{0,8}(?:(?:no|nr|id|number|nummer|num|n[uú]m|n[uú]mero|num[eé]ro|číslo|č|номер|№)\b)?[ .:#-]{0,3}"
    r"[A-Za-z]{0,6}[ /-]?\d[\dA-Za-z./-]{2,30}"
)
_STANDARD: Final = (
    r"\b(?:ISO(?:/IEC)?|IEC|IEEE|DIN|JIS|ANSI|ASTM|ECMA|GOST)(?: [A-Z]{1,2})?[ -]\d{1,5}(?:[-:.]\d{1,4}){0,3}"
    r"|\b(?:EN|GB(?:/T)?|BS|NF|UL)(?: [A-Z]{1,2})?[ -]\d{3,5}(?:[.-]\d{1,2})?[-:](?:19|20)\d\d"
    r"|ГОСТ(?: [РP])?[ -]\d{1,5}(?:[-:.]\d{1,4}){0,3}"
    r"|\b[ep]?ISSN(?: ?\((?:[Oo]nline|[Pp]rint)\))?:? ?\d{4}-\d{3}[0-9Xx]"
)
"""Numbers of standards, with the part and the year, and of journals."""
_INDIAN: Final = r"(?i)\bpin[ -]?code[ :#.=-]{0,3}(?:(?:no|is|number)[ :.]{1,2})?[1-8]\d{2} ?\d{3}"
_HASH: Final = (
    r"(?i)\b(?:commit|sha-?\d{0,3}|md5|git|rev(?:ision)?|checksum|digest|hash|etag|blob|"
    r"(?:x-)?(?:trace|span|request|correlation|event|crash|error|incident|report|operation|transaction|build)(?:[ _-]?id)?|traceparent)\b[\"' :=]{1,4}[0-9a-f]{7,128}"
)
_RESPONSE: Final = r"\" [1-5]\d\d \d{1,12}"
"""The status and the bytes of a response, in the log of a server."""
_DATA: Final = r"(?i)data:[a-z]{2,20}/[a-z0-9.+-]{2,40}(?:;[a-z0-9=-]{1,30})*,[A-Za-z0-9+/=%]*"
_RESOLUTION: Final = r"\d{2,5} ?[x×] ?\d{2,5}"
_NETMASK: Final = r"255\.(?:\d{1,3}\.){2}\d{1,3}|127\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?|0\.0\.0\.0(?::\d{1,5})?"

UNITS: Final = re.compile(
    r"^ ?(?:(?:more |new |total |other |mehr )?(?:rows?|visits?|users?|items?|files?|records?|lines?|requests?|points?|times|people|"
    r"pages?|bytes?|[kmgt]i?b|m?s|secs?|seconds?|min|minutes?|hours?|days?|weeks?|km|cm|mm|px|steps?|views?|clicks?|downloads?|"
    r"installs?|impressions?|units?|devices?|sessions?|subscribers?|coins?|cells?|calls?|dbm|orders?|entries|results?|tokens?|words?|characters?|daily|exported|imported|missing|inhabitants|customers?|"
    r"zeilen|datens\w+|eintr\w+|besuch\w*|nutzer|umsatz|aufrufe?|mal|st[uü]ck|stunden|tage|personen|kunden|lignes?|visites?|"
    r"utilisateurs|fois|personnes|clients|filas?|visitas?|usuarios|veces|registros?|personas|righe|visite|utenti|volte|linhas?|"
    r"regels|rader|r[aæ]kker|rivi[aä]|wierszy|u[zż]ytkownik\w*|строк\w*|посещени\w*|раз|пользовател\w*|sat[ıi]r|kullan[ıi]c[ıi]\w*)\b"
    r"|[%‰°€£$¥]|行|件|个|個|次|人|명|개|건|円|元)"
)
"""Words and symbols that follow a count."""


def _mask_whole(candidate: Candidate) -> Iterator[Span]:
    if not candidate.cuts_a_word:
        yield candidate.span(None)


def _amount(candidate: Candidate) -> Iterator[Span]:
    """Protect a number of many digits, but not a part of a telephone number, such as +61 412 000 123 or 0664.123456."""
    text, start, end = candidate.text, candidate.start, candidate.end
    is_part = _DIGITS_BEFORE.search(text[max(0, start - 2) : start]) or _DIGITS_AFTER.match(text[end : end + 2])
    is_counted = CALLS_OUTRIGHT.search(candidate.before) is None or UNITS.match(candidate.after) is not None
    if is_part is None and is_counted:
        yield from _mask_whole(candidate)


_DIGITS_BEFORE: Final = re.compile(r"\d[ .-]?$")
_DIGITS_AFTER: Final = re.compile(r"[ .-]?\d")


def _resolution(candidate: Candidate) -> Iterator[Span]:
    """Protect a size, but not the end of a telephone number and its extension."""
    if not re.search(r"\d[-.]$", candidate.before):
        yield from _mask_whole(candidate)


def _shield_order(candidate: Candidate) -> Iterator[Span]:
    """Protect an order number, unless it is as long as a bank account number."""
    digits = sum(char.isdigit() for char in candidate.value)
    is_standard = candidate.value[:3].lower() != "rfc" or digits <= 5  # or a Mexican taxpayer's number
    if digits <= 15 and is_standard:  # all but a few tracking numbers
        yield from _mask_whole(candidate)


def _shield_postal(candidate: Candidate) -> Iterator[Span]:
    """Protect a postal code of India, which is called a PIN code: that of a large town, or one beside a word for a place."""
    is_secret = _SECRET.search(candidate.before) is not None or re.match(r"[ -]?\d", candidate.after) is not None
    is_town = candidate.value.replace(" ", "")[-3] == "0"
    if not is_secret and (is_town or _AT_PLACE.search(f"{candidate.before} {candidate.after}")):
        yield from _mask_whole(candidate)


_SECRET: Final = re.compile(rf"\b(?:{MY}|card|sim|atm|bank|phone|door|lock|enter|wrong|secret|login|new|old)\W")
_AT_PLACE: Final = re.compile(
    r"deliver|servic|address|\barea|\bcity|district|\bstate|\bship|locat|courier|india|delhi|mumbai|bengal|chennai|kolkata|hyderabad|\bpune"
)


def _date(candidate: Candidate) -> Iterator[Span]:
    """Protect a date, unless it is next to more digits, as in a personal number that contains a date."""
    after = candidate.text[candidate.end : candidate.end + 2]
    before = candidate.text[max(0, candidate.start - 2) : candidate.start]
    if not re.match(r"[-+]?\d", after) and not re.search(r"\d[ -]?$", before):
        yield from _mask_whole(candidate)


def _version(candidate: Candidate) -> Iterator[Span]:
    """Protect a version after a name, but not an address after a word that announces one."""
    if candidate.text[candidate.end : candidate.end + 1].isalnum():
        return
    word, number = re.split(r"(?=\d)", candidate.value, maxsplit=1)
    named = _NAMES_VERSION.search(word) is not None
    if named or not (_NO_VERSION.match(candidate.value) or _MAY_BE_SOMEBODYS.fullmatch(number)):
        yield candidate.span(None)


_NAMES_VERSION: Final = re.compile(
    r"(?i)^v(?:er)?\.? ?$|vers|верси|build|release|firmware|driver|kernel|sdk|chrome|firefox|safari|edge|opera|android|ios|macos|windows|app|agent|mozilla|webkit|"
    r"python|java|node"
)
_MAY_BE_SOMEBODYS: Final = re.compile(
    r"(?:[1-9]\d|1\d\d|2[0-4]\d|25[0-5])(?:\.(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}"  # an IP address
    r"|\d\d(?:\.\d\d){3,4}|\d{3}\.\d{3}\.\d{4}|0\d{2,3}(?:\.\d{2,4}){2,4}"  # a telephone number
    r"|\d{1,3}\.\d{3}\.\d{3}[-/][\dkKxX].*|\d\d\.\d\d\.\d\d-.*|756\..*"  # national ID numbers
)


def _anywhere(candidate: Candidate) -> Iterator[Span]:
    yield candidate.span(None)


def _shield_amount(candidate: Candidate) -> Iterator[Span]:
    if counts_up(candidate):
        yield candidate.span(None)


def counts_up(candidate: Candidate) -> bool:
    """Return whether numbers form a sequence, and are not a telephone number: digits in groups after a word for one."""
    is_called = _GROUPED.fullmatch(candidate.value) is not None and CALLS_OUTRIGHT.search(candidate.before) is not None
    return _is_sequence(candidate.value) and not is_called


_FRENCH: Final = re.compile(r"0\d(?:[ .-]\d\d){4}")
_GROUPED: Final = re.compile(r"(?=(?:\D*\d){8})\d\d+(?:[ .-]\d\d+){2,}")


def _is_sequence(text: str) -> bool:
    """Return whether numbers form a sequence with equal steps.

    Examples
    --------
    >>> _is_sequence("02 03 04 05 06"), _is_sequence("5-4-3-2-1"), _is_sequence("06 12 34 56 78")
    (True, True, False)
    """
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    steps = {after - before for before, after in pairwise(numbers)}
    if _FRENCH.fullmatch(text) and steps == {22}:  # the digits in order, as in examples of telephone numbers
        return False
    return len(numbers) > 2 and len(steps) == 1 and abs(steps.pop()) <= 100  # three make a sequence


SHIELDS: Final = tuple(
    Finder(
        pattern, judge, needs, LINE if judge in {_amount, _shield_amount, _shield_postal} else NEIGHBORS, protects=True
    )
    for pattern, judge, needs in (
        (_DATA, _anywhere, ""),
        (_HASH, _mask_whole, ""),
        (_FILE, _mask_whole, rf"(?i){_ENDING}|{_PICTURE}"),
        (_NUMBERED, _shield_order, DIGITS),
        (_STANDARD, _mask_whole, DIGITS),
        (_INDIAN, _shield_postal, "(?i)pin[ -]?code"),
        (_DATE, _date, DIGITS),
        (_MONEY, _mask_whole, DIGITS),
        (_THOUSANDS, _amount, DIGITS),
        (_DECIMAL, _amount, DIGITS),
        (_LIST, _shield_amount, DIGITS),
        (_VERSION, _version, DIGITS),
        (_RESPONSE, _anywhere, '" [1-5]'),
        (_RESOLUTION, _resolution, DIGITS),
        (_NETMASK, _mask_whole, DIGITS),
    )
)
