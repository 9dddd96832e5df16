"""What is written like other words and numbers is masked after a word for it: devices, plates, vouchers, passwords."""

# ruff: noqa: RUF001  # people write in scripts of their own

from __future__ import annotations

import polars as pl

from seggwat_nb.share.privacy import mask_texts

HIDDEN = {
    # Addresses with a space on one side of the sign
    "jane@ example.com": "[e-mail]",
    "it is jane @example.com now": "it is [e-mail] now",
    "anna @beispiel.de geht nicht": "[e-mail] geht nicht",
    # Passwords after arrows, and of several words
    "pass → hunter2x": "pass → [token]",
    "login jane, pw ⇒ hunter2x": "login jane, pw ⇒ [token]",
    "pass -> hunter2x": "pass -> [token]",
    "clave => gato2024x": "clave => [token]",
    "كلمة السر ← Qamar123": "كلمة السر ← [token]",
    "PIN → 4821": "PIN → [token]",
    "password: blue horse 77": "password: [token]",
    "Kennwort lautet Sommer 2024!\nDanke": "Kennwort lautet [token]\nDanke",
    "пароль: желтая собака 99": "пароль: [token]",
    'passphrase "my dog ate 12 shoes"': 'passphrase "[token]"',
    "my security answer is fluffy77": "my security answer is [token]",
    "respuesta de seguridad: Firulais9": "respuesta de seguridad: [token]",
    # Codes
    "safe combination 12-34-56": "safe combination [token]",
    "mon code confidentiel est le 4821": "mon code confidentiel est le [token]",
    "el código de la puerta es 4711": "el código de la puerta es [token]",
    "激活码 7KQ2-M9XT-4WPL": "激活码 [token]",
    "sig=abc123def456": "sig=[token]",
    "_csrf=aB3dE6gH9jK2mN5p": "_csrf=[token]",
    # Devices, contracts and the like
    "serial number: C02XK1ZGJGH5": "serial number: [number]",
    "numéro de série SN8842X19Q7": "numéro de série [number]",
    "シリアル番号 SN8842X19Q7": "シリアル番号 [number]",
    "IMEI 490154203237518": "IMEI [number]",
    "VIN 1HGCM82633A004352": "VIN [number]",
    "número de póliza: AB-123456": "número de póliza: [number]",
    "Matrikelnummer 1234567": "Matrikelnummer [number]",
    "employee id E482913": "employee id [number]",
    "Serial: C02XK1ZGJGH5": "Serial: [number]",
    "patente di guida U1B234567C": "patente di guida [number]",
    # Days of birth
    "born 12.03.1985 in Berlin": "born [number] in Berlin",
    "DOB: 1985-03-12": "DOB: [number]",
    "my date of birth is March 12, 1985.": "my date of birth is [number].",
    "geboren am 12. März 1985": "geboren am [number]",
    "née le 12/03/1985": "née le [number]",
    "fecha de nacimiento: 12 de marzo de 1985": "fecha de nacimiento: [number]",
    "дата рождения 12.03.85": "дата рождения [number]",
    "生年月日：1985年3月12日": "生年月日：[number]",
    "تاريخ الميلاد ١٢/٠٣/١٩٨٥": "تاريخ الميلاد [number]",
    # Plates
    "mein Kennzeichen ist B XY 123": "mein Kennzeichen ist [number]",
    "license plate 7ABC123": "license plate [number]",
    "number plate AB12 CDE": "number plate [number]",
    "plaque AB-123-CD": "plaque [number]",
    "matrícula del coche: 4567 JKL": "matrícula del coche: [number]",
    "placa ABC1D23": "placa [number]",
    "Kennzeichen W-12345X": "Kennzeichen [number]",
    "targa auto FG123HJ": "targa auto [number]",
    "reg number AB12 CDE": "reg number [number]",
    "госномер А123ВС77": "госномер [number]",
    "车牌京A12345": "车牌[number]",
    # Vouchers
    "gift card 7KQ2-M9XT-4WPL not accepted": "gift card [token] not accepted",
    "Gutscheincode: 7KQ2M9XT4WPL": "Gutscheincode: [token]",
    "code cadeau n° 7KQ2-M9XT-4WPL": "code cadeau n° [token]",
    "подарочный сертификат QW3R-7Y8U-1OP9": "подарочный сертификат [token]",
    "gift card 60349322123": "gift card [token]",
    # Numbers
    "call → 5550134": "call → [phone]",
    "licence key => ABCD1-EFGH2-IJKL3": "licence key => [token]",
    "sunați la 0722.123.456": "sunați la [phone]",
    "RG 24.678.131-X": "RG [number]",
    "держномер АА1234ВВ": "держномер [number]",
    "contact Maria 5550134": "contact Maria [phone]",
    "call the office 5550134": "call the office [phone]",
    "mobile 5550134 does not ring": "mobile [phone] does not ring",
    "call 5550134 after six": "call [phone] after six",
    "cell 5550134 is my number": "cell [phone] is my number",
    # Devices under other names, as a whole, and labels in Latin letters of numbers that are named in others
    "device id f07a13984f6d116a": "device id [number]",
    "device_id=f07a13984f6d116a": "device_id=[number]",
    "IDFA 6D92078A-8246-4BA4-AE5B-76104861E7DC": "IDFA [number]",
    "advertising id 38400000-8cf0-11bd-b23e-10b96e40000d": "advertising id [number]",
    "user id 123e4567-e89b-12d3-a456-426614174000": "user id [number]",
    "reg plate AB12 CDE": "reg plate [number]",
    "AFM 123456783": "AFM [number]",
    "IIN 851017300432": "IIN [number]",
    "teudat zehut 123456782": "teudat zehut [number]",
}

STAYS = (
    "device id 12 of 40",
    "vendor_id=8086 product_id=1234",
    "IPN callbacks 2024 fail",
    "Holiday Inn 20240512",
    "reg plates look nice",
    "follow us @example.com",
    "hola @example.com",
    "password → forgot → nothing happens",
    "tests pass → deploy",
    "pass => 24",
    "see sigaction.2 and signalfd4.2",
    "pass `level=1 - 0.05 / 6`",
    "Settings → Password → Change",
    "password: error 500",
    "Passwort: Fehler 404",
    "password: see page 12",
    "Passwort: Firefox 128",
    "contraseña: mínimo 8",
    'password "incorrect horse"',
    "password: blue horse 77 is refused by the form",
    "security question 2 fails",
    "serial 2 of the show",
    "serial port COM3 at 115200 baud",
    "IMEI has 15 digits",
    "policy version 3.2.1",
    "student id 3 photos",
    "license plate reader v2",
    "placa RTX 4070",
    "placa RTX-4070",
    "patente 2024",
    "plaque 200 x 300 mm",
    "Kennzeichen K1",
    "registration number 12",
    "placa de vídeo RTX 4070",
    "the date of birth field is empty since 12.03.2024",
    "birthday discount 2024",
    "birthday page 12/03",
    "born in 1985",
    "voucher of 25 euros",
    "gift card 50 EUR",
    "Gutscheincode SOMMER24 geht nicht",
    "voucher WELCOME2024",
    "call 1234567 failed in the log",
    "cell 1234567 is empty",
    "call count: 1234567",
    "llamadas: 1234567",
    "calls per day 123456",
    "mobile 1234567 impressions",
    "text 123456 is cut off",
    "ring buffer 1048576",
    "contact form 1234567 submissions",
    "signal 5550134 received",
    "immatriculation API 404",
    "live @ 8pm. de facto",
    "reach level 5000001",
    "see RFC 2616, 7230-7235",
    "hp 45000/60000",
    "for 1..1000000",
    "version 0722.123.456",
    "at java.base/java.lang.Thread.run(Thread.java:833)",
)


def test_what_a_word_names_is_hidden() -> None:
    assert dict(zip(HIDDEN, mask_texts(pl.Series([*HIDDEN])), strict=True)) == HIDDEN


def test_what_is_masked_is_not_masked_again() -> None:
    shown = mask_texts(pl.Series([*HIDDEN, "κωδικός πρόσβασ=483920"]))
    assert mask_texts(shown).to_list() == shown.to_list()


def test_what_only_looks_alike_stays() -> None:
    assert mask_texts(pl.Series(STAYS)).to_list() == [*STAYS]
