"""Finds telephone numbers, which phonenumbers validates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import phonenumbers

from seggwat_nb.share.privacy.finders import FOUR_DIGITS, LINE, Candidate, Finder, Span
from seggwat_nb.share.privacy.shields import UNITS, is_sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["PHONES"]

_PHONE: Final = (
    r"(?:tel:)?(?:\+ ?\(?|\b00 ?|\()?\d(?:[ .()/-]{0,3}\d){4,16}(?:\s?(?:ext|x|durchwahl|poste|доб)\.?\s?\d{1,5})?"
)
_LETTER: Final = r"[\w\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e31-\u0e4e\u0eb1-\u0ece\u102b-\u103e\u17b4-\u17d3]"
"""A letter, or a vowel sign or tone mark of a script that has them."""
_UNSPACED: Final = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]"
"""A letter of a script without spaces, or of Korean, whose particles are endings."""
_CALLS: Final = (
    r"\btlf|tel(?:e(?:f[oó]n\w*|phone\w*|foon\w*))?|t[eé]l(?:[eé]phone)?|phone(?: ?(?:no|number|nr))?|\bph|fono|puh(?:elin\w*)?|τηλ\w*|тел(?:ефон\w*)?|тэл\w*|моб\w*|"
    r"טלפון|נייד|הנייד|هاتف|تلفون|تليفون|جوال|موبايل|تلفن|موبایل|فون|फ़?ोन|फोन|मोबाइल|ফোন|মোবাইল|โทร\w*|เบอร์\w*|điện thoại|s[đd]t|s[ốo] [đd]t|zalo|📞|☎|"
    r"电话|電話|电話|手机|手機|携帯|携带|座机|전화|핸드폰|휴대폰|연락처|mobi(?:le?|el)|m[oó]vil|celular\w*|cellulare|\bcell|portable|\bgsm|handy\w*|\bcep\b|"
    r"kom[oó]rk\w*|mobil\w*|m[oó]viles|\bmob|land ?line|hot ?line|festnetz\w*|\bfixe\b|\bfisso\b|\bfijo\b|vaste lijn|puh\b|telefon\w*|\bcall\w*|\bring\b|reach|contact|whats ?app|\bwa\b|signal|viber|telegram|wechat|微信|line id|\bsms|fax|\btext\b|r[uü]ckruf\w*|"
    r"anruf\w*|erreich\w*|appele[zr]|joindre|ll[aá]m\w*|ligar?|chiama\w*|contatt\w*|bel(?:len)?\b|ring(?:a|e)?\b|zadzwo\w*|звон\w*|позвон\w*|"
    r"\bara\b|aray\w*|hubungi|\bhp\b|číslo|szám\w*|اتصل\w*|كلم\w*|تواصل\w*|تماس|زنگ|رابطہ|התקשר\w*|חייג\w*|कॉल|संपर्क|কল|যোগাযোগ|gọi|打给|打給|致电|致電|联系|聯絡|聯繫|連絡|"
    r"volej\w*|zavol\w*|hívj\w*|sunați|καλέστε|πάρτε|πάρε|κιν\w*|số máy|soita\w*|дзвон\w*|подзвон\w*|skambin\w*|zvan\w*|helista\w*|hring\w*|\bsím[ia]\b|nazov\w*|pozov\w*|pokli[cč]\w*|назов\w*|обад\w*|"
    r"\bsimu\b|piga\b|tawag\w*|tumawag|zəng\w*|қоңырау|утас\w*|qo.ng.iroq|ტელეფონ\w*|მობილურ\w*|հեռախոս\w*|ስልክ|"
    r"தொலைபேசி|கைபேசி|போன்|ఫోన్|మొబైల్|ಫೋನ್|ಮೊಬೈಲ್|ഫോൺ|മൊബൈൽ|ફોન|મોબાઇલ|ਫੋਨ|ਮੋਬਾਈਲ|ਮੋਬਾਇਲ|दूरध्वनी|දුරකථන|ໂທ|ဖုန်း|ទូរស័ព្ទ"
)
"""Words for telephones and for calling."""
_CALLED: Final = re.compile(
    rf"(?:{_CALLS})(?:[\s.:#=)(\"'-]{{0,4}}(?:{_LETTER}{{0,12}}[\s.:=]{{1,3}}){{0,2}}|{_UNSPACED}{{0,12}}[\s:「\"]{{0,2}})[+(]?$",
    re.IGNORECASE,
)
_MINE: Final = (
    r"my (?:\w{1,10} )?number|meine (?:\w{1,10} )?nummer|mi (?:n[uú]mero|nro)|mon num[eé]ro|meu n[uú]mero|mio numero|mijn nummer|mitt nummer|mit nummer|"
    r"mój numer|m[oůů]je č[ií]slo|мой номер|мій номер|numaram|رقمي|המספר שלי|मेरा नंबर|我的号码|我的號碼|我的电话|我的電話|私の番号|제 번호|nomor saya|số của (?:tôi|em|mình)|เบอร์ผม|"
    r"شماره من|شماره ام|شمارهام|میرا نمبر|আমার নম্বর|আমার নাম্বার|माझा नंबर|મારો નંબર|ਮੇਰਾ ਨੰਬਰ|எனது எண்|என் எண்|నా నంబర్|ನನ್ನ ನಂಬರ್|എന്റെ നമ്പർ|"
    r"numeroni|num[aă]rul meu|(?:το νούμερ[oό]|ο αριθμός) μου|a számom|moj broj|мој број|моят номер|номерът ми|mans numurs|mano numeris|minu number|"
    r"number ko|nambari yangu|номерім|nömrəm|ჩემი ნომერი|իմ համարը|numer[oó] (?:mio|telefonico)|min(?:u|a) nummer"
)
"""Phrases for "my number"."""
_MY_NUMBER: Final = re.compile(rf"(?:{_MINE})[^\d\n]{{0,24}}$", re.IGNORECASE)
_CALLED_AFTER: Final = re.compile(
    rf"^[\s,.)(-]{{0,3}}(?:(?:{_LETTER}{{1,5}} ){{0,2}}(?:{_MINE})|call|ring|text|phone|whatsapp|is my (?:number|phone|mobile|cell)|ist meine|ara\b|로 전화|로 연락|に電話|へ電話|まで|"
    r"please call|anrufen|erreichbar|rufen|appelez|le matin|le soir|i danmark|in india|ruf|numaralı (?:\w{1,12} )?(?:tel|hat|cep|gsm|çağrı|numara)|numara\b|no\.lu)",
    re.IGNORECASE,
)
_NOT_CALLED: Final = re.compile(
    r"(?<![a-zà-ÿ])(?:order|ticket|invoice|case|issue|bug|(?<!line )ids?|isbn|ean|sku|version|build|error|code|zip|plz|postcode|serial|rows?|(?<!land )(?<!hot )lines?|lotto|lottery|"
    r"bestell\w*|auftrag\w*|rechnung\w*|vorgang|commande|facture|pedido|factura|ordine|fattura|bestelling|factuur|zam[oó]wieni\w*|faktur\w*|"
    r"заказ\w*|сч[её]т\w*|sipari[sş]\w*|fatura|订单|注文|주문|gmt|utc|page|pages|port|range|http/[\d.]+.?|lat|lon|geo|epoch|timestamp|reference|ref|artikel\w*|art|produkt\w*|modell?o?|ordren?|bestilling\w*|tilaus\w*|rendel[eé]s\w*|comand[aă]|замовлен\w*|παραγγελ\w*|"
    r"part|tracking|konto|account|card|договор\w*|contract|vertrag\w*|contrat\w*|sözleşme\w*|poliçe\w*|karte|iban|blz)[\s.:#=n°o-]{0,6}$",
    re.IGNORECASE,
)
_WEAK: Final = re.compile(
    r"(?:\bcell|mobile?|reach|ring|contact|signal|line|\bara|\btext|portable|tel)\s$", re.IGNORECASE
)

_REGIONS: Final = (
    "US",
    "CA",
    "GB",
    "IE",
    "AU",
    "NZ",
    "ZA",
    "IN",
    "PK",
    "BD",
    "LK",
    "NG",
    "KE",
    "GH",
    "EG",
    "MA",
    "DZ",
    "TN",
    "SA",
    "AE",
    "IL",
    "TR",
    "IR",
    "DE",
    "AT",
    "CH",
    "FR",
    "BE",
    "LU",
    "NL",
    "ES",
    "PT",
    "IT",
    "GR",
    "PL",
    "CZ",
    "SK",
    "HU",
    "RO",
    "BG",
    "HR",
    "RS",
    "SI",
    "UA",
    "RU",
    "BY",
    "KZ",
    "SE",
    "NO",
    "DK",
    "FI",
    "IS",
    "EE",
    "LV",
    "LT",
    "BR",
    "AR",
    "CL",
    "CO",
    "PE",
    "MX",
    "VE",
    "EC",
    "UY",
    "CN",
    "TW",
    "HK",
    "JP",
    "KR",
    "TH",
    "VN",
    "ID",
    "MY",
    "SG",
    "PH",
)
_LONGEST: Final = 15
_SHORTEST_CALLED: Final = 6
_SHORTEST_OPEN: Final = 9


def _judge(candidate: Candidate) -> Iterable[Span]:
    """Mask a telephone number; most candidates are bare numbers too short to be one, whatever stands around them."""
    value = candidate.value
    is_short = len(value) < _SHORTEST_CALLED and value.isdecimal() and not value.startswith("00")
    if is_short:
        return ()
    return list(_phone(candidate)) or _each(candidate)


def _each(candidate: Candidate) -> Iterator[Span]:
    """Mask the numbers of a list ("020 7946 0018 / 020 7946 0019"), or one before another sentence that begins with one."""
    text, at = candidate.text, candidate.start
    pieces = _BETWEEN.split(candidate.value)
    if len(pieces) < 2:
        return
    rest = _REST.match(text[candidate.end :])
    pieces[-1] += rest[0] if rest else ""
    found = None
    for piece in pieces:
        one = Candidate(text, text.index(piece, at), text.index(piece, at) + len(piece))
        at = one.end
        length = sum(char.isdigit() for char in piece)
        spans = [one.span("[phone]")] if length == found else list(_phone(one))
        found = length if spans else found
        yield from spans


_REST: Final = re.compile(r"(?:[ .-]?\d){1,12}")
"""The end of the last number of a list: a candidate has at most as many digits as one number."""
_BETWEEN: Final = re.compile(r" ?/ |\. |(?<=\d{4}) (?=0[1-9]\d{0,3}[ -]?\d{3})")


def _phone(candidate: Candidate) -> Iterator[Span]:
    """Mask a number that is international, announced by a word, or formatted like the numbers of some country."""
    value = candidate.value
    digits = re.sub(r"\D", "", value)
    text, start, end = candidate.text, candidate.start, candidate.end
    if (
        not _SHORTEST_CALLED <= len(digits) <= _LONGEST + 5
        or candidate.cuts_a_word
        or is_sequence(value)
        or _IS_DATE.fullmatch(value)
    ):
        return
    before, after = text[start - 1 : start], text[end : end + 2]
    joined = before == "-" and text[start - 2 : start - 1] > "\u052f"  # a Hebrew preposition
    is_link = value.startswith("tel:") and len(digits) >= _SHORTEST_CALLED
    if is_link or (_CHAT_LINK.search(candidate.before) is not None and len(digits) >= _SHORTEST_OPEN):
        yield candidate.span("[phone]")
        return
    if (
        (before in {".", ",", "/", "-", "#", "$", "€"} and not (joined or (before == "," and value.startswith("+"))))
        or re.match(r"[.,:/]\d|-\d|[€$%°]", after)
        or "  " in value
    ):
        return
    if value.count("(") != value.count(")") and not value.startswith("(") and before != "(":
        return
    called = (
        _CALLED.search(candidate.before) is not None
        or (len(digits) >= _SHORTEST_OPEN and _MY_NUMBER.search(candidate.before) is not None)
        or _CALLED_AFTER.search(candidate.after) is not None
        or (_TURKISH.fullmatch(digits) is not None and candidate.after.startswith(" numaralı"))
    )
    is_open = value.lstrip("tel:(").startswith(("+", "00"))
    if UNITS.match(candidate.after) and not (called and (is_open or re.search(r"\D", value))):
        return
    if not is_open and _NOT_CALLED.search(candidate.before) is not None:
        return
    if is_open:
        if _is_international(value) or (called and len(digits) >= _SHORTEST_CALLED):
            yield candidate.span("[phone]")
    elif (
        (called and _SHORTEST_CALLED <= len(digits) <= _LONGEST and not _is_weak(candidate, digits))
        or (re.search(r"\D", value) and (_is_national(value) or _AMERICAN.match(value)))
        or (_CHINESE_MOBILE.fullmatch(value) and _HAN.search(candidate.before + candidate.after))
    ):
        yield candidate.span("[phone]")


_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0[1-9]|1[0-2])"
_IS_DATE: Final = re.compile(
    rf"20[0-4]\d{_MONTH}(?:0[1-9]|[12]\d|3[01])"
    rf"|{_DAY}([./]){_MONTH}\1\d\d(?:\d\d)?"  # 28/12/19
    rf"|{_DAY}\.{_MONTH}\.? \d\d?[-.]\d\d"  # 22.03 12-00
    rf"|{_DAY}(?:\.{_MONTH})?\.? ?- ?{_DAY}\.{_MONTH}[. ](?:\d\d|20\d\d)"  # 26-27.10.2021
)
"""Forms of dates that look like telephone numbers even after a word that announces one, such as "I called on"."""
_IS_CASE: Final = re.compile(r"(?:19|20)\d\d/\d{1,6}|[1-9]\d0(?:/\d\d0){2,}")
"""Numbers of court cases and decisions, by year, and several numbers to choose from: 200/300/400."""
_RANGE: Final = re.compile(r"(\d\d)(\d\d) ?[-–] ?(\d\d)(\d\d)")


def _is_range(value: str) -> bool:
    """Return whether a number is a range of years (1368-1437) or of times of day (2230-2400).

    No country's numbers of eight digits have two such halves, except by chance.
    """
    found = _RANGE.fullmatch(value)
    if found is None:
        return False
    parts = [int(part) for part in found.groups()]
    first, last = parts[0] * 100 + parts[1], parts[2] * 100 + parts[3]
    are_years = 1000 <= first < last < 2100
    are_times = first < last <= 2400 and all(minute % 15 == 0 or minute == 59 for minute in parts[1::2])
    return are_years or are_times


_CHAT_LINK: Final = re.compile(r"\b(?:wa\.me|signal\.me/#p|t\.me)/\+?$")
"""Links that open a chat with a phone number."""
_AMERICAN: Final = re.compile(r"\(\d{3}\) ?\d{3}[-. ]\d{4}(?!\d)")
"""A number is written like this even if nobody has its area code, such as 555."""
_TURKISH: Final = re.compile(r"0[2-58]\d{9}|5\d{9}|850\d{7}|444\d{4}")
"""Policies, tickets and telephones are all called *numaralı* in Turkish, but only telephones begin like this."""
_CHINESE_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
"""In a Chinese sentence, eleven digits that start like this are almost always a mobile number."""
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")


def _is_weak(candidate: Candidate, digits: str) -> bool:
    """Return whether an ambiguous word precedes a plain round number."""
    return bool(_WEAK.search(candidate.before)) and (digits.endswith("000") or len(set(digits)) == 1)


@cache
def _is_international(value: str) -> bool:
    text = re.sub(r"^(?:tel:)?\(?(?:00\s?)", "+", value) if "+" not in value else value[value.index("+") :]
    digits = re.sub(r"\D", "", text)
    try:
        number = phonenumbers.parse(text.replace("(0)", ""), None)
    except phonenumbers.NumberParseException:
        return False
    if phonenumbers.is_valid_number(number):
        return True
    grouped = len(re.findall(r"\d+", text)) > 1
    if not grouped or len(digits) < _SHORTEST_OPEN - 1:
        return False
    reason = phonenumbers.is_possible_number_with_reason(number)
    # Some people omit the area code and write a local number after the country code.
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY or (
        reason == phonenumbers.ValidationResult.IS_POSSIBLE and len(digits) > _SHORTEST_OPEN
    )


@cache
def _is_national(value: str) -> bool:
    """Return whether a number is valid in some country and grouped as usual there."""
    core = re.sub(r"(?i)\s?(?:ext|x|durchwahl|poste|доб)\.?\s?\d{1,5}$", "", value)
    groups = re.findall(r"\d+", core)
    digits = "".join(groups)
    is_round = all(group.endswith("00") for group in groups)
    if not 7 <= len(digits) <= 12 or len(groups) < 2 or is_round:  # the lengths of national numbers
        return False
    if _IS_CASE.fullmatch(value) or _is_range(value.strip("()")):
        return False
    is_trunk = digits.startswith("0") and len(digits) >= _SHORTEST_OPEN and len(groups[0]) <= 5
    return any(_fits(digits, tuple(groups), region, is_trunk=is_trunk, opened="(" in core) for region in _REGIONS)


def _fits(digits: str, groups: tuple[str, ...], region: str, *, is_trunk: bool, opened: bool) -> bool:
    """Return whether a number is valid in a country and grouped as usual there."""
    plan = _plan(region)
    national = digits.removeprefix(plan.prefix)
    if not plan.has(national):
        return False
    if opened or (is_trunk and (national != digits or region == "IT")):
        return True
    zero = national.startswith("0") or None
    number = phonenumbers.PhoneNumber(
        country_code=plan.country, national_number=int(national), italian_leading_zero=zero
    )
    styles = (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    usual, abroad = (tuple(re.findall(r"\d+", phonenumbers.format_number(number, style))) for style in styles)
    in_threes = tuple(map(len, groups)) == (3, 3, 3) and region in _IN_THREES and digits[0] in "5679"
    return groups in {usual, abroad[1:], (plan.prefix, *abroad[1:])} or in_threes


_IN_THREES: Final = frozenset({"ES", "PL", "PT", "CZ"})
"""Where people group nine digits in threes, whatever the numbering plan says."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A country's numbering plan: trunk prefix, country code, the pattern of all numbers and those of each kind."""

    prefix: str
    country: int
    general: re.Pattern[str]
    kinds: tuple[tuple[frozenset[int], re.Pattern[str]], ...]

    def has(self, national: str) -> bool:
        """Return whether a number is valid, as `phonenumbers.is_valid_number_for_region` does.

        That function recompiles patterns once there are more than Python caches (512), and the countries have more.
        """
        return self.general.fullmatch(national) is not None and any(
            len(national) in lengths and pattern.fullmatch(national) for lengths, pattern in self.kinds
        )


@cache
def _plan(region: str) -> _Plan:
    """Read a country's numbering plan from the library's metadata."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    assert metadata is not None, region  # noqa: S101  # the library knows all regions listed above
    assert metadata.general_desc is not None, region  # noqa: S101  # as above
    general = metadata.general_desc
    kinds = (getattr(metadata, kind) for kind in _KINDS)
    return _Plan(
        prefix=metadata.national_prefix or "",
        country=metadata.country_code or 0,
        general=re.compile(general.national_number_pattern or r"(?!)"),
        kinds=tuple(
            (frozenset(kind.possible_length or general.possible_length), re.compile(kind.national_number_pattern))
            for kind in kinds
            if kind is not None and kind.national_number_pattern
        ),
    )


_KINDS: Final = (
    "fixed_line", "mobile", "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan",
    "voicemail",
)  # fmt: skip
"""The kinds of numbers in the library's metadata. A number that matches any of them is valid."""


PHONES: Final = (Finder(_PHONE, _judge, FOUR_DIGITS, LINE),)
