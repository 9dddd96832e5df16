"""Knows the forms of numbers that governments issue: how they are written, and which check digits are right.

Some forms are written like nothing else. Others are ordinary digits, so they only count with the right check digits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stdnum.be import nn
from stdnum.de import idnr
from stdnum.ee import ik
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.gr import amka
from stdnum.ie import pps
from stdnum.in_ import aadhaar, pan
from stdnum.no import fodselsnummer
from stdnum.pl import nip
from stdnum.ro import cnp
from stdnum.se import personnummer
from stdnum.si import emso
from stdnum.th import pin
from stdnum.za import idnr as south_african

from seggwat_nb.share.privacy.finders import EDGE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DATED", "FORMS", "holds_a_birthday", "is_valid", "needs_valid_check"]

_DAY: Final = r"(?:0[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0[1-9]|1[0-2])"
_WHOLE: Final = (
    r"\d{3}-\d{2}-\d{4}"  # United States, social security
    r"|[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"  # United Kingdom, national insurance
    r"|(?:[XYZ]-?)?\d{7,8}-?[A-HJ-NP-TV-Z]|\d{1,2}\.\d{3}\.\d{3}-?[A-HJ-NP-TV-Z]"  # Spain, DNI and NIE
    r"|[A-Z]{6}[\dL-NP-V]{2}[A-EHLMPRST][\dL-NP-V]{2}[A-Z][\dL-NP-V]{3}[A-Z]"  # Italy, codice fiscale
    rf"|{_DAY}{_MONTH}\d{{2}}-[0-2]\d{{4}}"  # Latvia, personas kods
    rf"|{_DAY}{_MONTH}\d{{2}}[-+A-FU-Y]\d{{3}}[0-9A-FHJ-NPR-Y]"  # Finland, HETU
    rf"|{_DAY}{_MONTH}\d{{2}}-\d{{4}}"  # Denmark, CPR; Iceland
    rf"|(?:19|20)?\d{{2}}{_MONTH}{_DAY}[-+]\d{{4}}"  # Sweden, personnummer
    rf"|\d{{2}}{_MONTH}{_DAY}-[0-8]\d{{6}}"  # Korea, resident registration
    rf"|\d{{2}}(?:0[1-9]|1[0-2]|5[1-9]|6[0-2]){_DAY}/\d{{3,4}}"  # Czechia and Slovakia, rodné číslo
    r"|\d{3}\.\d{3}\.\d{3}-\d{2}|\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}"  # Brazil, CPF and CNPJ
    r"|\d{1,2}\.\d{3}\.\d{3}-[0-9kKxX]"  # Chile, RUT; Brazil, RG; Uruguay, CI
    r"|[VE]-\d{1,2}\.?\d{3}\.?\d{3}"  # Venezuela, cédula
    r"|(?:20|2[3-7]|3[034])-\d{8}-\d"  # Argentina, CUIT
    r"|[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d|[A-Z&Ñ]{4}\d{6}[A-Z0-9]{3}"  # Mexico, CURP and RFC
    r"|756\.\d{4}\.\d{4}\.\d{2}"  # Switzerland, AHV
    r"|\d{2}\.\d{2}\.\d{2}-\d{3}[. ]\d{2}"  # Belgium
    r"|[A-Z]{5}\d{4}[A-Z]"  # India, PAN
    rf"|[1-9]\d{{5}} ?(?:19|20)\d{{2}}{_MONTH}{_DAY} ?\d{{3}}[0-9Xx]"  # China, resident identity
    r"|[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}(?: ?\d{2})"  # France, sécurité sociale
    r"|[2-9]\d{3} \d{4} \d{4}"  # India, Aadhaar
    r"|\d{2} ?\d{2} ?(?:№|номер|N) ?\d{6}"  # Russia, passport
    r"|[STFGM]\d{7}[A-Z]"  # Singapore, NRIC and FIN
    r"|\d{5}-\d{7}-\d"  # Pakistan, CNIC
    r"|\d-\d{4}-\d{5}-\d{2}-\d"  # Thailand
    r"|784-(?:19|20)\d\d-\d{7}-\d"  # United Arab Emirates
    rf"|\d{{2}}{_MONTH}{_DAY}-\d{{2}}-\d{{4}}"  # Malaysia, NRIC
    r"|\d{2}-\d{2}-\d{6}-\d{2}"  # Korea, driver's license
    rf"|\d{{2}} ?{_DAY}{_MONTH}\d{{2}} ?[A-Z] ?\d{{3}}"  # Germany, pension insurance
    r"|\d{2} \d{3} \d{3} \d{3}"  # Germany, tax
    r"|\d{8} ?\d ?[A-Z]{2}\d"  # Portugal, cartão de cidadão
    r"|[A-Z9]{5}\d{6}[A-Z9]{2}\d[A-Z]{2}"  # United Kingdom, driver's license
    r"|[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d{2}"  # United States, Medicare
    r"|\d{9}[Vv]"  # Sri Lanka
    r"|\d{7}[A-W][A-I]"  # Ireland, PPS
    r"|\d{3}-\d{3}-\d{2}-\d{2}"  # Poland, NIP
    r"|\d{3}-\d{3}-\d{3}[ -]\d{2}"  # Russia, SNILS
    r"|[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ]{2}[ -]?\d{6}"  # Greece, identity card
)
FORMS: Final = rf"(?:{_WHOLE}){EDGE}|[A-Z]{{1,2}}\d{{6}}\([0-9A]\)"  # Hong Kong, identity card
"""The beginning of one number may be written like another, so each has to end where it stands."""


def needs_valid_check(value: str) -> bool:
    """Return whether other numbers are written like this one, so that its check digits have to be right."""
    return any(form.fullmatch(value) for form, _ in _CHECKED)


def is_valid(value: str) -> bool:
    """Return whether the check digits of a number are right, for the first form that it has."""
    return next((check(value) for form, check in _CHECKED if form.fullmatch(value)), False)


def _is_dni(value: str) -> bool:
    compact = re.sub("[.-]", "", value)
    is_constant = len(compact) == 8 and value[0].isdigit() and value[-1] in "LUFD"  # of a program: 1048576L
    number = dni if value[0].isdigit() else nie
    return not is_constant and bool(number.is_valid(compact.rjust(9, "0")))


def _is_sri_lankan(value: str) -> bool:
    return int(value[2:5]) % 500 in range(1, 367)  # the day of birth; women's have 500 more


_CHECKED: Final = (
    (re.compile(r"[2-9]\d{3} \d{4} \d{4}"), aadhaar.is_valid),
    (
        re.compile(r"(?:[XYZ]-?)?\d{7,8}-?[A-Z]|\d{1,2}\.\d{3}\.\d{3}(?:[A-Z]|-[A-JL-WYZ])"),
        lambda value: _is_dni(value) or (value[-1] not in "LUFD" and pps.is_valid(value)),
    ),
    (re.compile(r"[A-Z]{5}\d{4}[A-Z]"), pan.is_valid),
    (re.compile(r"[12](?: ?[\dAB]){14}"), nir.is_valid),
    (re.compile(r"\d-\d{4}-\d{5}-\d{2}-\d"), pin.is_valid),
    (re.compile(r"\d{2} \d{3} \d{3} \d{3}"), idnr.is_valid),
    (re.compile(r"\d{9}[Vv]"), _is_sri_lankan),
    (re.compile(r"\d{7}[A-W][A-I]"), pps.is_valid),
    (re.compile(r"\d{3}-\d{3}-\d{2}-\d{2}"), nip.is_valid),
)

DATED: Final = r"\d{11,14}|\d{6} (?:\d{5}|\d{4} \d{2} ?\d)"
"""Digits that may be a number with a day of birth."""
_EGYPTIAN: Final = re.compile(rf"[23]\d\d{_MONTH}{_DAY}(?:0[1-4]|[12][1-9]|3[1-5]|88)\d{{5}}")
_BIRTHDAYS: Final[dict[int, tuple[Callable[[str], bool], ...]]] = {
    11: (ik.is_valid, fodselsnummer.is_valid, nn.is_valid, amka.is_valid),  # the Baltic states, Norway, Belgium, Greece
    12: (lambda value: value.startswith("19") and personnummer.is_valid(value),),  # Sweden
    13: (cnp.is_valid, emso.is_valid, south_african.is_valid),  # Romania, the former Yugoslavia, South Africa
    14: (lambda value: _EGYPTIAN.fullmatch(value) is not None,),  # Egypt
}
_TIMES: Final = range(1_000_000_000_000, 2_000_000_000_000)
"""Milliseconds of the epoch: thirteen digits, in logs more often than a Romanian man's number."""


def holds_a_birthday(value: str) -> bool:
    """Return whether digits are a number of some country that has a day of birth and right check digits.

    Examples
    --------
    >>> holds_a_birthday("8001015009087"), holds_a_birthday("8001015009088")
    (True, False)
    """
    return int(value) not in _TIMES and any(check(value) for check in _BIRTHDAYS[len(value)])
