"""What each rule of masking hides whole, and what it leaves that only looks alike: one rule, one example at least."""

# ruff: noqa: RUF001  # people write in scripts of their own

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.share.privacy import mask_texts
from seggwat_nb.share.privacy.national_forms import holds_a_birthday, is_valid, needs_valid_check

if TYPE_CHECKING:
    from collections.abc import Iterable

HOME = "/home"

NUMBERS = {
    "United States": "536-22-8726",
    "United States, Medicare": "1EG4-TE5-MK73",
    "United Kingdom": "AB 12 34 56 C",
    "United Kingdom, driver's license": "MORGA657054SM9IJ",
    "Ireland": "1234567FA",
    "Spain, DNI": "12345678Z",
    "Spain, NIE": "X-1234567-L",
    "Spain, with dots": "12.345.678-Z",
    "Italy": "RSSMRA85T10A562S",
    "Italy, with letters for digits": "RSSMRA8RT1LA562L",
    "Finland": "131052-308T",
    "Latvia": "161175-19997",
    "Denmark": "070761-4285",
    "Sweden": "811228-9874",
    "Korea": "800101-1234567",
    "Korea, driver's license": "11-22-333444-55",
    "Czechia": "710319/2745",
    "Brazil": "390.533.447-05",
    "Brazil, RG": "24.678.131-X",
    "Chile": "12.345.678-5",
    "Venezuela": "V-12.345.678",
    "Argentina": "20-12345678-6",
    "Mexico": "BADD110313HCMLNS09",
    "Switzerland": "756.9217.0769.85",
    "Belgium": "85.07.30-033 28",
    "India, PAN": "ABCPE1234F",
    "India, Aadhaar": "2345 6789 0124",
    "Pakistan": "35202-1234567-1",
    "Sri Lanka": "853400937V",
    "Thailand": "3-1005-00123-45-8",
    "Malaysia": "850101-14-5678",
    "Singapore": "S1234567D",
    "Hong Kong": "A123456(3)",
    "China": "11010519491231002X",
    "United Arab Emirates": "784-1980-1234567-1",
    "France": "2 55 08 14 168 025 38",
    "Germany, pension": "15 070649 C 103",
    "Germany, tax": "86 095 742 719",
    "Portugal": "00000000 0 ZZ4",
    "Poland, NIP": "123-456-32-18",
    "Russia, SNILS": "112-233-445 95",
    "Greece, identity card": "ΑΖ 654321",
    "South Africa": "8001015009087",
    "Romania": "2630615123459",
    "Slovenia": "0101006500006",
    "Estonia": "36805280109",
    "Norway": "11077941012",
    "Belgium, unbroken": "85073003328",
    "Greece, AMKA": "01013099997",
    "Egypt": "29001011234567",
    "Sweden, with the century": "198112289874",
}
"""Numbers that are hidden although nothing names them: published examples, and made up with the right check digits."""

OTHERS = (
    "1234567FB",
    "12345678A",
    "X-1234567-M",
    "12.345.678-A",
    "ABCXE1234F",
    "2345 6789 0123",
    "853990937V",
    "3-1005-00123-45-7",
    "86 095 742 710",
    "123-456-32-17",
    "8001015009088",
    "2630615123458",
    "0101006500007",
    "36805280100",
    "11077941013",
    "85073003329",
    "29001019934567",
    "198112289875",
    "1048576L",
    "4194310F",
    "2147483647",
    "1630615123457",
    "301234567890125",
)
"""The same with a wrong digit, and numbers of programs."""

HIDDEN = {
    # Telephones
    "tlf. 22 33 44 55": "tlf. [phone]",
    "my number: 5551234": "my number: [phone]",
    "Mob-9876543210": "Mob-[phone]",
    "tel.+48512345678": "tel.[phone]",
    "reach her, 0501234567": "reach her, [phone]",
    "так 89161234567 да": "так [phone] да",
    "तो 9876543210 है": "तो [phone] है",
    "au bout : 01 23 45 67 89": "au bout : [phone]",
    "на номер 9200123456": "на номер [phone]",
    "so 07912345678 is it": "so [phone] is it",
    "0 532 123 45 67 bu": "[phone] bu",
    "tél. 11 22 33 44 55": "tél. [phone]",
    "+49.1712345678": "[phone]",
    "0049.171.2345678": "[phone]",
    "call +1.4155550134": "call [phone]",
    "skype:+447700900461": "skype:[phone]",
    # Codes and passwords
    'password: "correct horse 9"': 'password: "[token]"',
    "Passwort: “Blume 2023”": "Passwort: “[token]”",
    'password is "correct horse battery"': 'password is "[token]"',
    "jo@example.org:hunter22": "[e-mail]:[token]",
    "jo@example.org / hunter22": "[e-mail] / [token]",
    "jo@example.org, pw hunter22": "[e-mail], pw [token]",
    "git clone git@example.org:hunter22": "git clone [e-mail]:hunter22",
    "creds jo:hunter22": "creds jo:[token]",
    "recovery code: 8f3k-29dk": "recovery code: [token]",
    "backup codes 12345678 87654321": "backup codes [token] [token]",
    "backup codes: 8f3k-29dk, 77aa-bb12": "backup codes: [token], [token]",
    "mijn ww is Tulp2020": "mijn ww is [token]",
    "mk: matkhau123": "mk: [token]",
    "pass mình là hoahong12": "pass mình là [token]",
    "mitt lösen är Blomma12": "mitt lösen är [token]",
    "kata sandinya bunga123": "kata sandinya [token]",
    "パスはhanako99です": "パスは[token]です",
    "clave dinamica=483 920": "clave dinamica=[token]",
    "sign-in code K7QX2P": "sign-in code [token]",
    "Freischaltcode A7K9-22PQ": "Freischaltcode [token]",
    "code 448120 again": "code [token] again",
    "code 4481 is invalid": "code [token] is invalid",
    "they sent me the code M4T-9QX": "they sent me the code [token]",
    "otp was 4471 not 4417": "otp was [token] not [token]",
    "security code on the back 339": "security code on the back [token]",
    "password from Maple2020 to Maple2021": "password from [token] to [token]",
    "il-password Qattus22": "il-password [token]",
    "WLAN-Schlüssel 9473829104857362": "WLAN-Schlüssel [token]",
    "pasword Tr0ub4dor&3": "pasword [token]",
    "mana parole ir Kakis22": "mana parole ir [token]",
    "pin 4839 2071 63": "pin [token]",
    # Addresses
    "chen艾特example点com": "[e-mail]",
    "rosa at the rate example dot in": "[e-mail]",
    "ivan точка petrov маймуна example точка bg": "[e-mail]",
    "write jo@example dot org": "write [e-mail]",
    "jo@example[dot]org": "[e-mail]",
    "frank@web punkt de": "[e-mail]",
    "claire@free point fr": "[e-mail]",
    "ivan@mail точка ru": "[e-mail]",
    "mail jo @example.org": "mail [e-mail]",
    "jo_AT_example_DOT_org": "[e-mail]",
    "kim-at-web-punkt-de": "[e-mail]",
    "ayse.yilmaz et gmail nokta com": "[e-mail]",
    "johartley84 at gmail.com": "[e-mail]",
    "frank.mueller at example.com": "[e-mail]",
    # Home folders
    r"C:\Users\jhartley, then": r"C:\Users\[login], then",
    f"my home is {HOME}/jhartley": "my home is /home/[login]",
    f"ls: {HOME}/jhartley: no such file": "ls: /home/[login]: no such file",
    '"/Users/jhartley"': '"/Users/[login]"',
    "it was in /Users/jhartley.": "it was in /Users/[login].",
    f"/var{HOME}/jhartley/a": "/var/home/[login]/a",
    f"/export{HOME}/jhartley": "/export/home/[login]",
    f"/mnt{HOME}/jhartley/a": "/mnt/home/[login]/a",
    "/System/Volumes/Data/Users/jhartley/a": "/System/Volumes/Data/Users/[login]/a",
    r"\\fs\Users$\jhartley": r"\\fs\Users$\[login]",
    r"/Users/jo\ hartley/Desktop/x": "/Users/[login]/Desktop/x",
    # Numbers of people, accounts and links
    "card 4111 1111\n1111 1111": "card [number]",
    "4111/1111/1111/1111": "[number]",
    "4111 11111111 1111": "[number]",
    "my card 4111.1111.1111.1111": "my card [number]",
    "4111~1111~1111~1111": "[number]",
    "4111/1111/1111/1111 12/29": "[number] 12/29",
    "auf DE17 5005 0201 0031 4477 20": "auf [number]",
    "konto nr 6110 9010 1400 0007 1219 8128 75": "konto nr [number]",
    "patente U1A234567B": "patente [number]",
    "MAC: 3C22FB9A104E": "MAC: [number]",
    "203.0.113[.]57": "[ip]",
    "https://example.com/s?q=my+name+is+jo": "https://example.com/s?[query]",
    "3782\n822463\n10005": "[number]",
    "IBAN DE89 3704 0044\r\n0532 0130 00 da": "IBAN [number] da",
    "CPF 390.533.447  05": "CPF [number]",
    "kontonummer 8327-9, 123 456 789-0": "kontonummer [number]",
    "personnr 19900101-1239": "personnr [number]",
    "паспорт АН123456": "паспорт [number]",
    "paspoortnummer SPECI2014": "paspoortnummer [number]",
    "TC: 12345678950": "TC: [number]",
    "RFC GODE561231GR8": "RFC [number]",
    "user id 4839201": "user id [number]",
    "FİN 5ABC12D": "FİN [number]",
    "dowód ABA300000": "dowód [number]",
    "https://example.com/u?e=dXNlckBleGFtcGxl&l=99": "https://example.com/u?[query]",
    "https://example.fr/f?client=dupont-88": "https://example.fr/f?[query]",
    "acceso desde 2001:db8:cafe::17 hoy": "acceso desde [ip] hoy",
    "since the update, 203.0.113.9 is blocked": "since the update, [ip] is blocked",
    "after the update my ip 10.2.3.4 is blocked": "after the update my ip [ip] is blocked",
    "blocked: 10.3.2.2. Why?": "blocked: [ip]. Why?",
}

STAYS = (
    # Telephones
    "sequence 0 1 1 2 3 5 8 13 21",
    "(2024) 12-31 in brackets",
    "bosch 0 986 494 294 pads",
    "CEP 01310-100",
    "Boston, MA 02110-1301",
    "label 8391234567",
    "values 22 33 44 55",
    "merge 0220461071",
    "`0220461071`",
    "0306406152 is a book",
    "RFC 5322/2822",
    "soit 12345678 vues",
    "хотел 1234567",
    "کد کالا 448120",
    "kira 1250000",
    "zvaničnih 1234567",
    "comunicado 1234567",
    "my number one of 12",
    "order at number 123456789",
    "télévision 1234567",
    "numéro 12345",
    "phiên bản 4.5.6.7890",
    "v+49.1712345678",
    "x=+1.4155550134",
    "a delta of +1.4155",
    "a sum of +10000000000",
    # Codes and passwords
    "PIN board with 1200 pins",
    'password: "at least 8 characters"',
    'Passwort: "zu kurz"',
    'wachtwoord: "minimaal 8 tekens"',
    'password is "wrong"',
    "jo.hartley/v22.alpha22",
    "ww 2 documentary",
    "golf mk 1234567",
    "lösen problemet 123",
    "パス: /home2",
    "security code: not-sent-yet2",
    "error code 448120",
    "ürün kodu 448120",
    "kļūdas kods 448120",
    "code 2024 is invalid",
    "<code>300000</code>",
    "पिन कोड 110001",
    "code 39 fails",
    "password for %(site_name)s",
    'password with <a href="12">this form</a>.',
    "a result to pass to make_graph2",
    "reset-password Abc123x",
    "password manager Abc123x",
    # Addresses
    "live @example.org",
    "live @example dot org",
    "iphone15 at icloud.com",
    "node.js at example.com",
    "setup.exe at example.com",
    "shop at gmail.com",
    "google et amazon point com",
    "google et amazon dot com",
    "an amount at some point in time",
    "look_at_this_dot_plot",
    # Pages, and home folders of nobody
    "/users/settings",
    "/Users/Settings",
    f"{HOME}/page",
    f"from /home to {HOME}/orders",
    f"menu home: {HOME}/orders",
    "/Users/Shared",
    "C:\\Users\\Public",
    # Others
    "4111/1111/1111/1112",
    "4111 1111\n1111 1112",
    "ID 4111.1111.1111.1111.2",
    "12\t34\t567\t8901",
    "2  2000  4000",
    "updated from 12.4.0.1 to 12.5.0.3",
    "from 1.2.3.4 upgrade to 1.3.0.0",
    "10.3.2.2. The Root",
    "barcode 5901234123457",
    "4006381333931 unknown",
    "trace 4bf92f3577b34da6a3ce929d0e0e4736",
    "c.f., CVE-2022-39253",
    "passport CVE-2022-39253",
    "item #8001015009087 broke",
    "48 C.F.R. 12.212 of 1995",
    "登録番号 T1234567890123",
    "personal notes 48213",
    "acum 48213 secunde",
    "TC 48392 fails",
    "8718280.70650129 runs",
    "1714729331482 was then",
    "SPAN 1048576L",
    "https://example.com/?q=dark+mode-2",
    "https://example.com/?q=red+winter+shoes",
    "TCP/IP 4.2.1.0 driver",
    "build 3c22fb9a104e",
    "MAC 123456789012",
)


def masked(texts: Iterable[str]) -> dict[str, str]:
    """Mask all texts at once, and show each beside its original."""
    rows = list(texts)
    return dict(zip(rows, mask_texts(pl.Series(rows)), strict=True))


def test_a_number_that_is_written_like_no_other_needs_no_name() -> None:
    shown = masked(f"Here it is: {number}, thanks" for number in NUMBERS.values())
    assert {text: one for text, one in shown.items() if one != "Here it is: [number], thanks"} == {}


def test_a_number_with_a_wrong_check_digit_needs_a_name() -> None:
    shown = masked(f"Here it is: {number}, thanks" for number in OTHERS)
    assert {text: one for text, one in shown.items() if one != text} == {}
    dated = [number for number in OTHERS if number.isdecimal() and 10 < len(number) < 15]
    assert not any(map(holds_a_birthday, dated))
    assert not any(is_valid(number) for number in OTHERS if needs_valid_check(number))


def test_a_rule_hides_what_it_is_for_and_no_more() -> None:
    assert masked(HIDDEN) == HIDDEN


def test_a_rule_leaves_what_only_looks_alike() -> None:
    assert masked(STAYS) == {text: text for text in STAYS}
