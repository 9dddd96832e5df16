"""Finds personal numbers: cards, bank accounts, and numbers issued by governments and insurers.

python-stdnum and the Luhn checksum validate the matches of a pattern. One in ten random numbers has a valid checksum,
so a number without a distinctive format is only masked if a word names it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stdnum import iban, luhn, verhoeff
from stdnum.exceptions import ValidationError

from seggwat_nb.share.privacy.finders import DIGITS, FOUR_DIGITS, LINE, NEIGHBORS, Candidate, Finder, Span
from seggwat_nb.share.privacy.shields import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["IDENTIFIERS"]

_NUMBER: Final = "[number]"

_CARD: Final = r"\d(?:[ -]?\d){11,18}"
_CARD_WORDS: Final = re.compile(
    r"card|karte|carte|tarjeta|cart[aã]o|carta|kaart|kort|kart|карт|بطاقة|כרטיס|卡号|卡號|银行卡|カード|카드|कार्ड|บัตร|thẻ|visa|mastercard|amex|maestro",
    re.IGNORECASE,
)
_SCHEMES: Final = re.compile(r"3[0-9]|4|5[0-9]|6|2[2-7]|9792")


def _card(candidate: Candidate) -> Iterator[Span]:
    value = candidate.value
    digits = re.sub(r"\D", "", value)
    text = candidate.text
    if candidate.cuts_a_word or text[candidate.start - 1 : candidate.start] in {".", ","}:
        return
    named = _CARD_WORDS.search(candidate.before) is not None
    groups = [len(group) for group in re.findall(r"\d+", value)]
    grouped = groups in ([4, 4, 4, 4], [4, 6, 5], [4, 4, 4, 4, 3], [4, 6, 4], [4, 4, 5])
    is_one = _SCHEMES.match(digits) is not None and 13 <= len(digits) <= 19 and luhn.is_valid(digits)  # ISO/IEC 7812
    if (
        (is_one and (len(groups) == 1 or grouped or named))
        or (grouped and groups != [4, 4, 5] and _SCHEMES.match(digits))
        or (named and len(digits) >= 12)
    ):  # the shortest card
        yield candidate.span(_NUMBER)


_IBAN: Final = r"(?i)[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{2,4}){3,8}(?:[ -]?[a-z0-9]{1,3})?\b|(?i)[a-z]{2}\d{2}(?:\.[a-z0-9]{4}){2,7}(?:\.[a-z0-9]{1,3})?\b"
_IBAN_WORDS: Final = re.compile(r"iban|konto|account|compte|cuenta|conta|conto|rekening|счет|счёт|hesap", re.IGNORECASE)
_IBAN_LENGTHS: Final = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28,
    "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18,
    "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21,
    "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "XK": 20,
}  # fmt: skip
"""Length of an account number by country (SWIFT, "IBAN Registry")."""


def _iban(candidate: Candidate) -> Iterator[Span]:
    """Mask a bank account number with the length of its country's IBANs that is valid, named, or has many digits."""
    compact = re.sub(r"[ .-]", "", candidate.value).upper()
    length = _IBAN_LENGTHS.get(compact[:2])
    glued = candidate.begins_inside_a_word and not candidate.before.endswith("iban")
    if length is None or len(compact) < length or glued:
        return
    # What follows the account, such as a word of four letters, may be marked with it.
    taken = candidate.value
    while len(re.sub(r"[ .-]", "", taken)) > length:
        taken = taken[:-1]
    taken = taken.rstrip(" .-")
    after = candidate.value[len(taken) : len(taken) + 1]
    if after.isalnum():
        return
    digits = sum(char.isdigit() for char in taken)
    if (
        iban.is_valid(taken, check_country=False) or _IBAN_WORDS.search(candidate.before) or digits >= 10
    ):  # even with a typo, it is personal
        yield candidate.span(_NUMBER, of=(0, len(taken)))


_DAY: Final = r"(?:0[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0[1-9]|1[0-2])"
_FORMS: Final = (
    r"\d{3}-\d{2}-\d{4}"  # United States, social security
    r"|[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"  # United Kingdom, national insurance
    r"|[XYZ]?\d{7,8}-?[A-HJ-NP-TV-Z]"  # Spain, DNI and NIE
    r"|[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]"  # Italy, codice fiscale
    rf"|{_DAY}{_MONTH}\d{{2}}[-+A-FU-Y]\d{{3}}[0-9A-FHJ-NPR-Y]"  # Finland, HETU
    rf"|{_DAY}{_MONTH}\d{{2}}-\d{{4}}"  # Denmark, CPR; Iceland
    rf"|(?:19|20)?\d{{2}}{_MONTH}{_DAY}[-+]\d{{4}}"  # Sweden, personnummer
    rf"|\d{{2}}{_MONTH}{_DAY}-[0-8]\d{{6}}"  # Korea, resident registration
    rf"|\d{{2}}(?:0[1-9]|1[0-2]|5[1-9]|6[0-2]){_DAY}/\d{{3,4}}"  # Czechia and Slovakia, rodné číslo
    r"|\d{3}\.\d{3}\.\d{3}-\d{2}|\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}"  # Brazil, CPF and CNPJ
    r"|\d{1,2}\.\d{3}\.\d{3}-[0-9kK]"  # Chile, RUT
    r"|(?:20|2[3-7]|3[034])-\d{8}-\d"  # Argentina, CUIT
    r"|[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d|[A-Z&Ñ]{4}\d{6}[A-Z0-9]{3}"  # Mexico, CURP and RFC
    r"|756\.\d{4}\.\d{4}\.\d{2}"  # Switzerland, AHV
    r"|\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}"  # Belgium
    r"|[A-Z]{5}\d{4}[A-Z]"  # India, PAN
    rf"|[1-9]\d{{5}} ?(?:19|20)\d{{2}}{_MONTH}{_DAY} ?\d{{3}}[0-9Xx]"  # China, resident identity
    r"|[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}(?: ?\d{2})"  # France, sécurité sociale
    r"|[2-9]\d{3} \d{4} \d{4}"  # India, Aadhaar
    r"|\d{2} ?\d{2} ?(?:№|номер|N) ?\d{6}"  # Russia, passport
    r"|[STFGM]\d{7}[A-Z]"  # Singapore, NRIC and FIN
    r"|[A-Z]{1,2}\d{6}\([0-9A]\)"  # Hong Kong, identity card
)
_DNI: Final = "TRWAGMYFPDXBNJZSQVHLCKE"


def _form(candidate: Candidate) -> Iterator[Span]:
    """Mask a number in a national format. If the format is not distinctive but has a checksum, it must be valid."""
    value = candidate.value
    text, start, end = candidate.text, candidate.start, candidate.end
    if (
        candidate.cuts_a_word
        or re.match(r"[ .,/-]\d", text[end : end + 2])
        or text[start - 1 : start] in {".", "-", "/", ",", "#"}
    ):
        return
    if UNITS.match(candidate.after) or re.search(
        r"(?:order|ticket|invoice|bestell\w*|rechnung|commande|pedido|version|build|part|sku)\W{0,3}$", candidate.before
    ):
        return
    if re.fullmatch(r"[2-9]\d{3} \d{4} \d{4}", value) and not (
        _is_verhoeff(value) or _NAMED_BEFORE.search(candidate.before)
    ):
        return
    if re.fullmatch(r"[XYZ]?\d{7,8}-?[A-Z]", value) and not (_is_dni(value) or _NAMED_BEFORE.search(candidate.before)):
        return
    if re.fullmatch(r"[A-Z]{5}\d{4}[A-Z]", value) and value[3] not in "ABCFGHJLPT":
        return
    if re.fullmatch(r"[12](?: ?[\dAB]){14}", value) and not _is_nir(value):
        return
    yield candidate.span(_NUMBER)


def _is_verhoeff(value: str) -> bool:
    try:
        return bool(verhoeff.validate(value.replace(" ", "")))
    except ValidationError:
        return False


def _is_dni(value: str) -> bool:
    compact = value.replace("-", "").translate(str.maketrans("XYZ", "012"))
    return compact[:-1].isdigit() and _DNI[int(compact[:-1]) % 23] == value[-1]


def _is_nir(value: str) -> bool:
    compact = value.replace(" ", "").replace("2A", "19").replace("2B", "18")
    return len(compact) == 15 and compact.isdigit() and 97 - int(compact[:13]) % 97 == int(compact[13:])  # INSEE


_NAMES: Final = (
    r"social security|\bssn\b|\bsin\b|national (?:id|insurance)|\bni (?:number|no)\b|\bnino\b|id[ -]?card|identity (?:card|number)|passport|"
    r"driv(?:er'?s?|ing) licen[cs]e|tax (?:id|number|no)|\btin\b|\bein\b|\bnhs\b|medicare|insurance (?:no|number|id)|policy (?:no|number)|patient (?:id|no|number)|"
    r"member(?:ship)? (?:id|no|number)|customer (?:id|no|number)|account (?:no|number|nr)|sort code|routing(?: (?:no|number))?|bank account|"
    r"steuer-?(?:id\w*|nr|nummer)|\bidnr\b|identifikationsnummer|sozialversicherung\w*|personalausweis\w*|ausweis\w*|reisepass\w*|f[uü]hrerschein\w*|versicherten\w*|kunden-?(?:nr|nummer)|"
    r"mitglieds-?(?:nr|nummer)|konto(?:nummer|nr)?|\bblz\b|krankenkasse\w*|ahv|svnr|"
    r"s[eé]cu(?:rit[eé] sociale)?|carte d.identit[eé]|passeport|\bpermis\b|num[eé]ro (?:fiscal|client|d.adh[eé]rent)|\bnir\b|\brib\b|compte|"
    r"\bdni\b|\bnie\b|\bnif\b|pasaporte|c[eé]dula|\bcurp\b|\brfc\b|\brut\b|\bcuit\b|\bcuil\b|seguridad social|cuenta|n[uú]mero de (?:cliente|socio)|"
    r"\bcpf\b|\bcnpj\b|\brg\b|passaporte|contribuinte|\bconta\b(?: corrente)?|ag[eê]ncia|"
    r"codice fiscale|partita iva|passaporto|carta d.identit[aà]|tessera sanitaria|\bconto\b(?: corrente)?|"
    r"\bbsn\b|burgerservicenummer|paspoort|rekening(?:nummer)?|klantnummer|rijksregister\w*|"
    r"personnummer|samordningsnummer|f[oø]dselsnummer|\bcpr\b|\bhetu\b|henkil[oö]tunnus|kennitala|kundnummer|pass(?:nummer|i)\b|"
    r"\bpesel\b|\bnip\b|paszport|dow[oó]d(?:u)? osobist\w+|rodn[eé] č[ií]slo|ob[cč]ansk\w+|\bcnp\b|\begn\b|егн|\boib\b|jmbg|szem[eé]lyi\w*|\btaj\b|ad[oó]sz[aá]m|"
    r"паспорт\w*|снилс|инн|полис\w*|водительск\w+|[рІі]нн|іпн|α\.?φ\.?μ|αμκα|διαβατήρι\w+|"
    r"kimlik|t\.?c\.? ?(?:kimlik|no)|pasaport|vergi no|hesap no|"
    r"aadhaar|aadhar|आधार|\bpan\b|पासपोर्ट|passbook|\bnik\b|\bktp\b|paspor|rekening|mykad|cmnd|cccd|căn cước|hộ chiếu|บัตรประชาชน|พาสปอร์ต|"
    r"תעודת זהות|ת\.?ז|דרכון|رقم الهوية|الهوية|جواز السفر|جواز|رقم الحساب|کد ملی|شماره حساب|"
    r"\bpps(?:n| number)\b|\bnric\b|\bfin (?:no|number)\b|\btfn\b|\babn\b|\birpp?\b|num[eé]ro national|\bc\.f\.|рнокпп|снилс|огрн|"
    r"الرقم القومي|رقمي القومي|رقم قومي|رقم الإقامة|الهوية الوطنية|iqama|emirates id|"
    r"\bclabe\b|\bcbu\b|\bcvu\b|\biban\b|\bbic\b|\bbsb\b|\bifsc\b|"
    r"身份證|身份证|身分證|护照|護照|账号|帳號|银行账户|マイナンバー|個人番号|パスポート|口座番号|口座|免許証|주민등록번호|주민번호|여권|계좌|운전면허"
)
_NAMED: Final = rf"(?i){_NAMES}"
_WEAK: Final = (
    r"(?i)\b(?:acc(?:oun)?t|acc|a/c)s?\b|\bkont[oau]\b|č[ií]sl[oa] [uú]čtu|\b[uú]č(?:et|tu|te)\b|bankszámla\w*|számlaszám\w*|\bcompte\b|\bcuenta\b|\bconta\b|"
    r"\bconto\b|rekening\w*|bankrekening\w*|kontonummer|kontonr|\btili(?:numero)?\w*|сч[её]т\p{L}*|рахун\p{L}+|λογαριασμ\p{L}+|hesap\w*|حساب\p{L}*|"
    r"חשבון|खाता|tài khoản|\bstk\b|บัญชี|账户|帳戶|口座|계좌"
)
"""Words for an account, at a bank or in an app. The number must follow directly and be long."""
_NO_MORE: Final = r"(?![0-9A-Za-z_\u00c0-\u052f])"
"""After a value: no letter or digit of a script with spaces between words."""
_SOME_WORDS: Final = r"(?:[^\w\n]{0,4}|[^\w\n]{0,3}(?:[^\W\d_]{1,12}[^\w\n]{1,4}){1,3})"
"""Between a name and its value: punctuation, or up to three words."""
_WEAK_VALUE: Final = re.compile(
    r"[^\w\n/]{0,3}(?:(?:no|nr|num|number|numer|nummer|numero|número|numéro|číslo|номер|№|مصرف|رقم|เลขที่|số|is|ist|est|es|é|è|to|je|:|#)\W{1,3}){0,3}"
    rf"(?P<value>\d(?:[ -]?\d){{5,30}}(?:/\d{{4}})?){_NO_MORE}",
    re.IGNORECASE,
)
_FAR_VALUE: Final = re.compile(
    rf"(?:[^\w\n/]{{0,3}}[^\W\d_]{{1,12}}){{1,3}}[^\w\n/]{{1,3}}(?P<value>\d(?:[ -]?\d){{9,30}}(?:/\d{{4}})?){_NO_MORE}"
)
"""A long number some words later."""
_NAMED_BEFORE: Final = re.compile(rf"(?:{_NAMES})", re.IGNORECASE)
_VALUE: Final = re.compile(
    rf"{_SOME_WORDS}(?P<value>[A-Z]{{0,4}}[ -]?\d[\dA-Z]{{0,3}}(?:[ ./-]?[\dA-Z]{{1,9}}){{0,8}}){_NO_MORE}"
)
_IN_ONE: Final = re.compile(
    rf"{_SOME_WORDS}(?P<value>(?=[\dA-Z.()/-]*\d)(?=(?:[^\W_]*\d){{5}})[A-Z\d][A-Z\d.()/-]{{5,20}}[A-Z\d)]){_NO_MORE}",
    re.IGNORECASE,
)
"""An unbroken number, with letters in any case."""
_FEWEST: Final = 5


def _mask_named(candidate: Candidate) -> Iterator[Span]:
    """Mask the number that a word names, after the word or directly before it."""
    text, end = candidate.text, candidate.end
    if candidate.begins_inside_a_word:
        return
    ahead = re.match(r"[^\W\d_]{0,10}", text[end : end + 10])
    end += ahead.end() if ahead else 0
    line = text[end : end + 60].partition("\n")[0]
    found = _IN_ONE.match(line) or _VALUE.match(line)
    if found is not None:
        value = found["value"]
        # Words in capitals after a number are not part of it.
        value = re.sub(r"(?: [A-Z]{2,9})+$", "", value)
        digits = sum(char.isdigit() for char in value)
        enough = digits >= _FEWEST or (
            digits >= 4 and any(char.isupper() for char in value) and len(value) >= 7
        )  # a passport number
        at = end + found.start("value")
        rest = text[at + len(value) : at + len(value) + 40].lower()
        if enough and not UNITS.match(rest) and re.fullmatch(r"(?:19|20)\d\d[-/.]\d\d[-/.]\d\d", value) is None:
            yield Span(at, at + len(value), _NUMBER)
            return
    before = re.search(
        r"(?<![\w.,#-])(?P<value>[A-Z]{0,3}\d[\dA-Z./-]{5,16})(?: (?:is|as|ist|est|es|è)(?: \w{1,6})?)? ?$",
        text[max(0, candidate.start - 30) : candidate.start],
    )
    if (
        before is not None and sum(char.isdigit() for char in before["value"]) >= 6
    ):  # a short number before the word is unrelated
        at = max(0, candidate.start - 30)
        yield Span(at + before.start("value"), at + before.end("value"), _NUMBER)


def _mask_weakly_named(candidate: Candidate) -> Iterator[Span]:
    """Mask the long number that follows a word for an account."""
    if candidate.begins_inside_a_word:
        return
    line = candidate.text[candidate.end : candidate.end + 70].partition("\n")[0]
    found = _WEAK_VALUE.match(line) or _FAR_VALUE.match(line)
    if found is not None:
        at = candidate.end + found.start("value")
        rest = candidate.text[at + len(found["value"]) :][:40].lower()
        if not UNITS.match(rest):
            yield Span(at, at + len(found["value"]), _NUMBER)


_PAYEE: Final = (
    r"(?i)[a-z0-9][a-z0-9._-]{1,60}@(?:(?:ok|wa)(?:axis|hdfcbank|icici|sbi)|(?:pt)?(?:axis|hdfc|sbi|yes)|ybl|ibl|axl|y?apl|rapl|upi|paytm|"
    r"axisb|axisbank|hdfcbank|icici|kotak|freecharge|airtel|jupiteraxis)\b"
)
"""An account of India's UPI: a name or a telephone number, and the handle of a bank or an app (NPCI, "UPI handles")."""


def _payee(candidate: Candidate) -> Iterator[Span]:
    if not candidate.cuts_a_word and not re.match(r"[.-]\w", candidate.text[candidate.end : candidate.end + 2]):
        yield candidate.span(_NUMBER)


IDENTIFIERS: Final = (
    Finder(_PAYEE, _payee, "@", NEIGHBORS),
    Finder(_IBAN, _iban, DIGITS, LINE),
    Finder(_CARD, _card, FOUR_DIGITS, LINE),
    Finder(_FORMS, _form, FOUR_DIGITS, LINE),
    Finder(_NAMED, _mask_named, FOUR_DIGITS),
    Finder(_WEAK, _mask_weakly_named, "[0-9](?:[ -]?[0-9]){5}"),
)
