"""Personal data in forms that nobody listed: each is masked in any sentence, and what resembles it stays."""

# ruff: noqa: RUF001  # people write in scripts of their own

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_network
from operator import eq

import phonenumbers
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban

from seggwat_nb.share.privacy import MARK, mask_texts

MASK = re.compile(MARK)
AROUND = st.sampled_from(
    [("", ""), ("see ", " now"), ("(", ")"), ("支払い ", "です"), ("line\n", "\nend"), ("Hi, ", ".")]
)


def masked(*texts: str) -> list[str]:
    """Mask each text as if it were alone (`test_privacy.py`): many take as long as one, with its hundred searches."""
    return mask_texts(pl.Series(texts)).to_list()


HIDDEN = pl.DataFrame(
    [
        ('write to "john smith"@corp.example now', "write to [e-mail] now"),
        ("شماره من ۰۹۱۲۳۴۵۶۷۸۹ است", "شماره من [phone] است"),
        ("আমার নম্বর ০১৭১২৩৪৫৬৭৮", "আমার নম্বর [phone]"),
        ("எனது எண் 9876543210", "எனது எண் [phone]"),
        ("(555) 234-5678", "[phone]"),
        ("(212) 234-5678 x99", "[phone]"),
        ("tel:+15552345678", "[phone]"),
        ('<a href="tel:5552345">', '<a href="[phone]">'),
        ("pay ramesh.k@okhdfcbank.", "pay [number]."),
        ("9876543210@ybl", "[number]"),
        ("my mac is DE89.3704.0044", "my mac is [number]"),
        ("gọi số đt 0912345678 nhé", "gọi số đt [phone] nhé"),
        ("☎ 0300123456", "☎ [phone]"),
        ("Bel 020 794 6018 / 020 794 6019 voor hulp", "Bel [phone] / [phone] voor hulp"),
        ("J'ai appelé le 01 42 68 53 00. 15 minutes d'attente", "J'ai appelé le [phone]. 15 minutes d'attente"),
        ("05321234567 numaralı telefondan arandım", "[phone] numaralı telefondan arandım"),
        ("05321234567 numaralı kişi", "[phone] numaralı kişi"),
        ("bị lộ mã pin 4821 rồi", "bị lộ mã pin [token] rồi"),
        ("the PIN 4821 was refused", "the PIN [token] was refused"),
        ("Bankanın TAN kodu 482913", "Bankanın TAN kodu [token]"),
        ("#k3J9xQ7vLm2Zp8RtW4yB6nDc", "#[token]"),
        ("address:2001:db8::8a2e:370:7334", "address:[ip]"),
        ("I received code 48213", "I received code [token]"),
        ("the pin of my old phone 4821", "the pin of my old phone [token]"),
        ("mein Ausweis 123-45-6789", "mein Ausweis [number]"),
        ("passport C01X00T4", "passport [number]"),
        ("pw Hunter2!x", "pw [token]"),
        ("password is hunter2!!", "password is [token]"),
        ("login: jo / hunter2!x", "login: jo / [token]"),
        ("inlog jdevries / Tulp!33", "inlog jdevries / [token]"),
        ("ログイン tanaka / Hana#33xy", "ログイン tanaka / [token]"),
        ("вход petrov / Snow!2020", "вход petrov / [token]"),
        ("code 4 7 1 1 9 2 from the SMS is wrong", "code [token] from the SMS is wrong"),
        ("le code reçu par SMS, 77 41 20, ne passe pas", "le code reçu par SMS, [token], ne passe pas"),
        ("código que llegó: 4 4 8 1 2 0", "código que llegó: [token]"),
        ("uploads/images/q8Zr4TnV2kLx9PwB7mYcD3/photo", "uploads/images/[token]/photo"),
        ("a1b2c3d4e5f60718293a4b5c6d7e8f90", "[token]"),
        ("pin thẻ 4839 không đúng", "pin thẻ [token] không đúng"),
        ("Nhập pin là 4839 mà không được", "Nhập pin là [token] mà không được"),
        ("Nazovite me na 091/234/567", "Nazovite me na [phone]"),
        ("u mnie 601/234/567", "u mnie [phone]"),
        ("tlf 22302400", "tlf [phone]"),
        ("02125551234 numaralı yerden aradılar", "[phone] numaralı yerden aradılar"),
        ("see #aB3dEfGhiJKlmNopQRstuVwXyZ012345", "see #[token]"),
        ("020 7946 0018 / 020 7946 0019", "[phone] / [phone]"),
        ("Call 020 7946 0018. 020 7946 0019 is my work", "Call [phone]. [phone] is my work"),
        ("PIN 483 920", "PIN [token]"),
        ("my pin 48 39 20 11", "my pin [token]"),
        ("PIN 12-34-56-78", "PIN [token]"),
        ("OTPs 483920", "OTPs [token]"),
        ("the code 48213 was sent by sms", "the code [token] was sent by sms"),
        ("код 48213 из смс", "код [token] из смс"),
        ("credentials: 48392", "credentials: [token]"),
        ("...password 48392xK", "...password [token]"),
        ("mi clave 4839", "mi clave [token]"),
        ("pwd 4839", "pwd [token]"),
        ("my land line 020 7946 0018", "my land line [phone]"),
        ("Kontonummer:\n48392071\nDanke", "Kontonummer:\n[number]\nDanke"),
        ("passport: \r\nC01X00T4", "passport: \r\n[number]"),
        ("Password:\nhunter2!x", "Password:\n[token]"),
        ("OTP code =\n483920", "OTP code =\n[token]"),
        ("l'TAN 4839", "l'TAN [token]"),
        ("dell’tan 483920", "dell’tan [token]"),
        ("Monkey#12 is my password", "[token] is my password"),
        ("I use Tr0ub4dor as my password", "I use [token] as my password"),
        ("JWT_SECRET=n0tSoS3cretAnym0re", "JWT_SECRET=[token]"),
        ("license ABCD-1234-EFGH-5678-IJKL", "license [token]"),
        ("CNPJ 12.345.678/0001-95", "CNPJ [number]"),
        ("NPWP 01.234.567.8-901.000", "NPWP [number]"),
        ("PIS 123.45678.90-1", "PIS [number]"),
        ("RFC PEPJ850612AB1", "RFC [number]"),
        ("Stammkundennummer 4839207", "Stammkundennummer [number]"),
        ("4839 — код подтверждения", "[token] — код подтверждения"),
        ("您的验证码是583920,5分钟内有效", "您的验证码是[token],5分钟内有效"),
        ("kim[dot]lee[at]example[dot]net", "[e-mail]"),
        ("parola 4839 nu merge", "parola [token] nu merge"),
        ("DNI 48.392.071", "DNI [number]"),
        ("CPF: 483.920.716", "CPF: [number]"),
        ("my sin is 046454286", "my sin is [number]"),
        ("SIN 046 454 286", "SIN [number]"),
        ("482913 is your verification code", "[token] is your verification code"),
        ("G-482913 is your Google verification code", "G-[token] is your Google verification code"),
        ("482913 — ваш код подтверждения", "[token] — ваш код подтверждения"),
        ("482913 是您的验证码", "[token] 是您的验证码"),
        ("Use 482 913 as your OTP", "Use [token] as your OTP"),
        ("Your code is 482913", "Your code is [token]"),
        ("512345678 to mój numer", "[phone] to mój numer"),
        ("电话号码是62345678", "电话号码是[phone]"),
        ("เบอร์มือถือผมคือ 0891234567", "เบอร์มือถือผมคือ [phone]"),
        ("Telefon:\n0839207163", "Telefon:\n[phone]"),
        ("6011.0009.9013.9424", "[number]"),
        ("Masterpasswort ist Blumen77", "Masterpasswort ist [token]"),
        ("PGPASSWORD=vE7!kk20 psql", "PGPASSWORD=[token] psql"),
        ("acme_0123456789abcdef0123456789abcdef", "[token]"),
        ("https://example.com/reset-password/9f8e7d6c5b4a3928", "https://example.com/reset-password/[token]"),
        ("Enter 482913 to verify your account", "Enter [token] to verify your account"),
        ("Tapez 583920 pour confirmer", "Tapez [token] pour confirmer"),
        ("Wpisz 593028, aby potwierdzić", "Wpisz [token], aby potwierdzić"),
        ("593021を入力して認証してください", "[token]を入力して認証してください"),
        ("739201 — use this to confirm", "[token] — use this to confirm"),
        ("u: jane p: S3cret!x", "u: jane p: [token]"),
        ("user bob pass qwerty99 is refused", "user bob pass [token] is refused"),
        ("jane_at_corp.example", "[e-mail]"),
        ("MYAPP_SECRET: abc123def456", "MYAPP_SECRET: [token]"),
        ("userToken = 'abc123def456'", "userToken = '[token]'"),
        ("jane:$apr1$abcd1234$Kx83hdT5pQz9LmWv2RtY", "jane:[token]"),
        ("call +61 412 000 123", "call [phone]"),
        ("+52 1 55 1234 5678", "[phone]"),
        ("ID 850908 9794 01 2", "ID [number]"),
        ("2001:db8:4:17::/64 is my own", "[ip]/64 is my own"),
        ("authenticator shows 204 118 but it is wrong", "authenticator shows [token] but it is wrong"),
        ("the site texted me G-481920", "the site texted me [token]"),
        ("my garage code is 4 9 1 7", "my garage code is [token]"),
        ("gift card XQPT-9911-ZMKW is used", "gift card [token] is used"),
        ("mailed me Tmp-9xQ2 as temporary password", "mailed me [token] as temporary password"),
        (
            "from Blue42sky to Red43moon and neither password works",
            "from [token] to [token] and neither password works",
        ),
        ('{"phone_number": "2125550187"}', '{"phone_number": "[phone]"}'),
        ("phone number,note\n2065550143,no ring", "phone number,note\n[phone],no ring"),
        ("Kontonummer 1234.56.78903", "Kontonummer [number]"),
        ("生日是1992年3月4日", "生日是[number]"),
        ("UDID 00008030-001A2D3E0A38802E", "UDID [number]"),
    ],
    schema=["text", "shown"],
    orient="row",
)


def test_it_is_hidden_whole() -> None:
    assert masked(*HIDDEN["text"]) == HIDDEN["shown"].to_list()


ALIKE = pl.Series(
    "text",
    [
        'He said "hello"@home',
        "use foo@bar and x@paytm2",
        "version 2024.1111.1111.1111",
        "ratio 3782.822463",
        "(404) not found",
        "take @ybl",
        "hotel:1234567",
        "a screen of 1920 x 1080",
        "my number is 5",
        "DE89.3704.0044.0532 is no account",
        "Điện thoại mua ngày 28/12/19, tốt",
        "Звонила 07.11.23, 09.11.23 около 6 раз",
        "звонок 22.03 12-00, не перезвонили",
        "позвонили 26-27.10.2021 и всё",
        "das Burgtor (1368-1437) und die Klause (1522 - 1591)",
        "the lounge was full, 2230-2400",
        "mit der Kamera 200/300/350",
        "Dairesinin 2011/4736 esas, 2011/11579 sayılı kararı",
        "договор 0129-00176 подписан",
        "13153818 numaralı poliçe iptal edilsin",
        "Xbank'tan, sonu 4929 ile biten kart",
        "Pin 5000 mà tụt quá nhanh",
        "pin 4000mah chay ca ngay",
        "şifre değişikliği yalnızca KışBank üzerinden",
        "bản 11.0.6.0 lỗi rồi",
        "đi chơi #CityMarathonSpring2026 nhé",
        "ping 127.0.0.1 or bind to 0.0.0.0 from 10.1.0.0 netmask 255.255.255.0",
        "key_2001:db8::8a2e:370:7334",
        "the error code 48213 I received",
        "my pin worked after two long weeks 4821 times",
        "passport AB1234",
        "see /user/5f2b8c1e9a7d4b3c2e1f0a9b",
        "we pass 3 tests2 daily",
        "login http://example.org/hunter2!x",
        "a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "password: camelCaseWord",
        "part 7/123-45-6789",
        "SIN-DEL 4839201 is late",
        "RFC 7231 section 6",
        "4839 - PIN entry fails",
        "PIN 4,839",
        "foreign_key user4839",
        "windows11 is my password manager",
        "https://example.com/s/summer-sale-2026",
        "https://example.com/download/app-v2.10.4.apk",
        "pan-European 48392 shops",
        "Sin embargo, 48392 casos",
        "tengo 1234567 sin problema",
        "cuenta con 48392 seguidores",
        "DNI 48.392.071,50 €",
        "Umsatz 48.392.071",
        "error 48213 is your code's fault",
        "ticket 48213 is code complete",
        "48213 is my zip code",
        "2024 is my code's year",
        "tan color 4821",
        "the trespassers 48392xK",
        "/s-d/9f8e7d6c5b4a3928",
        "Enter 5000 to set the limit",
        "enter 2024 as year to confirm that it fails",
        "input 482913 shows 482,913",
        "u: 0.5em p: 12px",
        "users of this pass rate99",
        "172.16.0.0 - 172.31.255.255 is private",
        "ff02::1 floods, and 239.255.255.250",
        "route 2001:db8::/32 is for documents",
        "mobile 12345.67 ms",
        "git@git.example.org:team/repo.git is refused",
        "getty@tty1.service failed",
        "docker pull ghcr.io/org/app:1.2.3@sha256:abc",
        '"GET /a.js" 200 1048576 "-"',
        "cell value 1234567.89",
        "κωδικός 500",
        "secret-santa-2026",
        "x @ y . z",
        "a b c @ d e f",
        "received code review 4 5 6 7",
        "login / register / 2FA-setup pages",
        "inlog pagina / dashboard-v2 traag",
        "numbers 4 8 15 16 23 42",
        "codes 200 301 404 500 are grouped",
        "authenticator says 100000 devices",
        "gift card EURO-2026",
        "2026-11-30,phone,crash",
        "phone,date\n2026-11-30,x",
    ],
)


def test_what_resembles_it_stays() -> None:
    assert masked(*ALIKE) == ALIKE.to_list()


@settings(max_examples=4, derandomize=True, deadline=None, database=None)
@given(
    colors=st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=12, max_size=12),
    series=st.lists(st.tuples(st.integers(10, 89), *[st.integers(0, 9)] * 4), min_size=12, max_size=12),
)
def test_colors_and_series_of_measurements_are_no_telephone_numbers(
    colors: list[tuple[int, ...]], series: list[tuple[int, ...]]
) -> None:
    texts = [f"RGB {' '.join(f'{part:03}' for part in color)} is off" for color in colors]
    texts += [f"pulse {' '.join(str(low + more) for more in steps)} after a run" for low, *steps in series]
    assert masked(*texts) == texts


def test_digits_on_keys_are_digits() -> None:
    numbers = ("06 12 34 56 78", "612 345 678", "06-12345678")
    keys = ["".join(f"{sign}\ufe0f\u20e3" if sign.isdigit() else sign for sign in number) for number in numbers]
    assert masked(*(f"call {number} now" for number in keys)) == ["call [phone] now"] * len(keys)


@pytest.mark.parametrize("word", ["OTP", "otp", "PIN", "pin"])
def test_a_code_is_hidden_whatever_precedes_the_word_for_it(word: str) -> None:
    told = [before + word for before in ("", "l'", "l’", "d'", "dell'", "(", "«", "mon ", "qu'un ")]
    assert masked(*(f"{text} 483921" for text in told)) == [f"{text} [token]" for text in told]


def account(country: str, digits: str) -> str:
    return f"{country}{iban.calc_check_digits(country + '00' + digits)}{digits}"


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


@settings(max_examples=4, derandomize=True, deadline=None, database=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([("DE", 18), ("AT", 16), ("BE", 12), ("PL", 24), ("CH", 17)]),
            digits(24),
            st.sampled_from(["", " ", "-", ".", "\u00a0"]),
            AROUND,
        ),
        min_size=10,
        max_size=20,
    )
)
def test_an_account_is_hidden_however_it_is_grouped(
    accounts: list[tuple[tuple[str, int], str, str, tuple[str, str]]],
) -> None:
    told, shown = [], []
    for (country, length), drawn, gap, (before, after) in accounts:
        number = account(country, drawn[:length])
        grouped = gap.join(number[place : place + 4] for place in range(0, len(number), 4))
        told.append(before + grouped + after)
        shown.append(f"{before}[number]{after}")
    assert masked(*told) == shown


LINES = (
    "{}\nthanks",
    "hello\n{}",
    "hello\r\n{}\r\nthanks",
    "> {}",
    "{}.",
    "<p>{}</p>",
    "{}<br>",
    '<li class="x">{}</li>',
)


@pytest.mark.parametrize(
    ("before", "value"),
    [
        ("Authorization: Basic ", "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1z="),
        ("AccountKey=", "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTmw=="),
        ("ключ api ", "9f8e7d6c5b4a3f2e"),
        ("SECRET_KEY ", "xk29dkq88"),
        ("export PASSWORD=\n", "hunter22x"),
        ("recovery code ", "ABCD-1234-EFGH-5678"),
        ("call ", "+49 171 2345678"),
        ("", "DE89 3704 0044 0532 0130 00"),
    ],
)
def test_a_secret_is_hidden_wherever_its_line_stands(before: str, value: str) -> None:
    shown = masked(*(line.format(before + value) for line in LINES))
    parts = re.findall(r"\w{4,}", value)
    assert [text for text in shown if any(part in text for part in parts)] == []


@pytest.mark.parametrize("text", ["password: [token]", "<password>[token]</password>", "user/pass = jane/[token]"])
def test_a_mark_is_not_masked(text: str) -> None:
    assert masked(text) == [text]


@settings(max_examples=4, derandomize=True, deadline=None, database=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from([("DE", 18), ("AT", 16), ("NO", 11), ("PL", 24)]), min_size=2, max_size=2),
            digits(48),
            st.booleans(),
            st.sampled_from([" ", ", ", " / ", "\n"]),
        ),
        min_size=10,
        max_size=20,
    )
)
def test_two_accounts_side_by_side_are_two(pairs: list[tuple[list[tuple[str, int]], str, bool, str]]) -> None:
    told, shown = [], []
    for ((one, first), (other, second)), drawn, is_grouped, between in pairs:
        both = account(one, drawn[:first]), account(other, drawn[24 : 24 + second])
        told.append(between.join(re.sub("(.{4})(?=.)", r"\1 ", number) if is_grouped else number for number in both))
        shown.append(f"[number]{between}[number]")
    assert masked(*told) == shown


@settings(max_examples=5, derandomize=True, deadline=None, database=None)
@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z]{2,8}(?:[._-][a-z0-9]{1,6})?", fullmatch=True),
            st.from_regex(r"[a-z]{2,8}\.(?:com|org|co\.uk)", fullmatch=True),
            AROUND,
        ),
        min_size=10,
        max_size=20,
    )
)
def test_an_address_with_spaces_between_its_characters_is_hidden(
    addresses: list[tuple[str, str, tuple[str, str]]],
) -> None:
    told = [before + " ".join(f"{name}@{host}") + after for name, host, (before, after) in addresses]
    assert masked(*told) == [f"{before}[e-mail]{after}" for *_, (before, after) in addresses]


@settings(max_examples=5, derandomize=True, deadline=None, database=None)
@given(st.lists(st.tuples(st.ip_addresses(v=4), st.integers(8, 32)), min_size=10, max_size=20))
def test_a_network_stays_and_a_single_address_does_not(places: list[tuple[IPv4Address, int]]) -> None:
    networks = [ip_network(place, strict=False) for place in places]
    stays = {str(network): network.prefixlen <= 24 or _is_nobodys(network[0]) for network in networks}
    stays |= {
        f"{network[1]}/{network.prefixlen}": _is_nobodys(network[1]) for network in networks if network.prefixlen < 31
    }
    told = [f"route from {host}" for host in stays]
    assert dict(zip(stays, map(eq, masked(*told), told), strict=True)) == stays


def _is_nobodys(address: IPv4Address | IPv6Address) -> bool:
    is_special = address.is_loopback or address.is_multicast or address.is_unspecified
    return is_special or str(address).startswith("255.") or str(address).endswith((".0.0", ".255.255"))


def test_a_number_after_a_word_for_a_telephone_is_hidden_with_dots_between_its_groups() -> None:
    regions = ("US", "DE", "FR", "GB", "IT", "ES", "AT", "PL", "BR", "IN", "JP", "AU", "ZA", "TR", "SE")
    numbers = [phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE) for region in regions]
    told = [phonenumbers.format_number(one, phonenumbers.PhoneNumberFormat.NATIONAL) for one in numbers if one]
    dotted = ["phone: " + re.sub(r"\D+", ".", text.strip("(")) for text in told]
    assert masked(*dotted) == ["phone: [phone]"] * len(regions)


GAPS = ("  ", "\u00a0 ", "\u00b7", "\u2022")


@pytest.mark.parametrize(
    "number",
    [
        "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "+44 7911 123456", "0171 2345678", "(415) 555-0134",
        "SSN 536 22 8471", "NHS 943 476 5919", "2345 6789 0124", "tel 020 7946 0018",
        "+1 415 555 2671", "GB29 NWBK 6016 1331 9268 19",
    ],
)  # fmt: skip
def test_a_wider_gap_within_a_number_changes_nothing(number: str) -> None:
    shown, *wider = masked(number, *(re.sub(r"(?<=[\d)]) ", gap, number) for gap in GAPS))
    assert not re.search(r"\d", shown)
    assert wider == [shown] * len(GAPS)


@pytest.mark.parametrize(
    "value", ["4111111111111111", "84.23.11.9", "2001:db8::8a2e:370:7334", "DE89370400440532013000"]
)
def test_a_letter_before_it_makes_it_a_part_of_a_word_even_at_the_beginning_of_a_text(value: str) -> None:
    assert MASK.sub("", masked(value)[0]) == ""
    assert masked(f"x{value}", f"xx{value}") == [f"x{value}", f"xx{value}"]
