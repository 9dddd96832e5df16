"""What a word announces is masked whole, in every language of the tables and whatever stands around it.

The words are those of the modules' own tables. Exempt on purpose: words that mostly mean something else announce only
before a colon or a verb (`MEAN_MORE`), words for invoices and standards announce no account (`BILLS`), and a number
before a currency or a counted thing is an amount.
"""

# ruff: noqa: RUF001  # people write in scripts of their own

from __future__ import annotations

import random
import re
import unicodedata
from itertools import product

import polars as pl
import pytest

from seggwat_nb.share.privacy import call_words, contacts, id_words, identifiers, mask_texts, one_time_codes, passwords

PIECE = re.compile(r"\\p\{.\}|\\u....|\\.|\[[^\]]*\]|\(\?<?[!=][^()]*\)|\(\?i\)|\{[^}]*\}|.", re.DOTALL)
OPTIONAL = re.compile(r"[*?]|\{0?,\d*\}|\{0(?:,\d+)?\}")
REPEATED = re.compile(r"\+|\{\d.*\}")


def words_of(*patterns: str) -> list[str]:
    """Write out each word of a table: every alternative, each optional part with and without."""
    written = {word for pattern in patterns for word in alternatives(PIECE.findall(pattern)[::-1])}
    return sorted(word for word in written if any(map(str.isalpha, word)))


def alternatives(pieces: list[str]) -> set[str]:
    """Read pieces of a pattern, last first, up to the end of a group."""
    found: set[str] = set()
    words = {""}
    while pieces and pieces[-1] != ")":
        piece = pieces.pop()
        if piece == "|":
            found |= words
            words = {""}
            continue
        last = group(pieces) if piece == "(" else characters(piece)
        if pieces and OPTIONAL.fullmatch(pieces[-1]):
            pieces.pop()
            last |= {""}
        elif pieces and REPEATED.fullmatch(pieces[-1]):
            least = re.search(r"\d+", pieces.pop())
            last = {one * (int(least[0]) if least else 1) for one in last}
        words = {before + after for before, after in product(words, last)}
    return found | words


def group(pieces: list[str]) -> set[str]:
    assert (pieces.pop(), pieces.pop()) == ("?", ":")
    inner = alternatives(pieces)
    assert pieces.pop() == ")"
    return inner


def characters(piece: str) -> set[str]:
    if piece.startswith(("(?", r"\b", r"\p{M}")):
        return {""}
    if piece.startswith(r"\u"):
        return {chr(int(f"0x{piece[2:]}", 0))}
    if piece.startswith((r"\p", r"\w", "[a-z0-9_]")):
        return {"e"}
    if piece.startswith("["):
        return {char for char in piece[1:-1] if char != "\\"} - {"-"} if "-]" not in piece else set(piece[1:-1])
    return {" "} if piece in {r"\s", "."} else {piece.removeprefix("\\")}


CODES = {
    "LATIN": "code", "DIGIT": "code", "GREEK": "κωδικός", "CYRILLIC": "код", "GEORGIAN": "კოდი", "ARMENIAN": "կոդ",
    "HEBREW": "קוד", "ARABIC": "کد", "DEVANAGARI": "कोड", "BENGALI": "কোড", "TAMIL": "குறியீடு", "TELUGU": "కోడ్",
    "KANNADA": "ಕೋಡ್", "MALAYALAM": "കോഡ്", "GUJARATI": "કોડ", "GURMUKHI": "ਕੋਡ", "ORIYA": "କୋଡ", "SINHALA": "කේතය",
    "ETHIOPIC": "ኮድ", "THAI": "รหัส", "LAO": "ລະຫັດ", "KHMER": "លេខកូដ", "MYANMAR": "ကုဒ်", "CJK": "码",
    "KATAKANA": "コード", "HANGUL": "코드",
}  # fmt: skip
"""A word for a code in each script."""


def purposes() -> list[str]:
    """Write out words for what a code does, each beside a word for a code in its script."""
    before = {word: CODES[unicodedata.name(word[0]).split()[0]] for word in words_of(one_time_codes._VERIFIES)}
    after = {word: CODES[unicodedata.name(word[0]).split()[0]] for word in words_of(one_time_codes._VERIFIED)}
    return [f"{word} {code}" for word, code in before.items()] + [f"{code} {word}" for word, code in after.items()]


MEAN_MORE = passwords._OTHER_SENSES - passwords._MOSTLY_PASSWORDS
BILLS = re.compile(r"rfc|tc|сч[её]т.*")
TABLES = {
    "codes": (words_of(*one_time_codes._CODES), "4839 4839207 483920 483-920 4839-2071 48-39-20 48392071"),
    "purposes": (purposes(), "4839 4839207 483920 483-920 48392071"),
    "passwords": (words_of(*passwords._PASSWORDS), "4839 4839207 483920 483-920 48392071"),
    "identifiers": (words_of(*id_words.PERSONAL_NUMBERS), "4839207 483920716 4839-2071-63 48.392.071 483.920.716"),
    "accounts": (words_of(*id_words.ACCOUNTS), "483920 4839207163 4839-2071-63"),
    "cards": (words_of(identifiers._CARD_WORDS.pattern), "4839-2071-6351-8204 4839207163518204"),
    "calls": (words_of(call_words.CALLS), "0839207163 839-207-163 091/234/567 839207"),
    "mine": (words_of(call_words.MINE), "0839207163 839-207-163"),
}
WORDS = {
    kind: [
        word
        for word in words
        if word.lower() not in MEAN_MORE and not BILLS.fullmatch(word) and not re.search(r"\d", word)
    ]
    for kind, (words, _) in TABLES.items()
}
BEFORE = (
    "", "l'", "L’", "dell’", "d'", "(", "[", "«", '"', "'", "`", "*", "#", "🔥", "\n", "\t", "...", "- ", "> ", "=",
    "&", "mon ", "28/12/2019 ", "12:30 ", "1. ", "3 ", "20 000 € ", "شكرا ", "תודה ", "谢谢，", "\u200f", "a, ",
)  # fmt: skip
BETWEEN = (" ", ": ", ":", "：", " : ", ":\n", " = ", "=", " - ", ' "', " (")
VERBS = (" is ", " ist ", " est ", " es ", " è ", " é ", " je ", " yra ", " ni ", " είναι ", " это ", " adalah ")
AFTER = (
    "", ".", ",", "!", "?", ";", ")", "]", "»", '"', "'", "…", "🔥", "\n", "\u200f", "、", "。", "*", " - x", " ;)",
    " please", " sofort", " 谢谢", " لا", " не работает", " hier",
)  # fmt: skip


FEW = 60
"""Words of a table that each run tries. A campaign tries all, if they are not written out from very many endings."""
MANY = 2_000

every = pytest.mark.parametrize("kind", TABLES)
some = pytest.mark.parametrize("most", [FEW, pytest.param(MANY, marks=pytest.mark.campaign)])


def digits(text: str) -> str:
    return "".join(re.findall(r"\d", text))


def sampled(kind: str, most: int) -> list[str]:
    words = WORDS[kind]
    return words if len(words) <= most else random.Random(kind).sample(words, most)


@some
@every
def test_a_number_after_any_word_that_announces_it_is_hidden_whole(kind: str, most: int) -> None:
    """Each word with some of what may stand around it."""
    chance = random.Random(kind)
    numbers = [each for one in TABLES[kind][1].split() for each in (one, one.replace("-", " "))]
    between = BETWEEN + (VERBS if kind in {"codes", "passwords"} else ())
    rows = []
    for word in sampled(kind, most):
        for varied in ("before", "between", "after"):
            number, gap = chance.choice(numbers), chance.choice(between) if varied == "between" else " "
            before = chance.choice(BEFORE) if varied == "before" else ""
            after = chance.choice(AFTER) if varied == "after" else ""
            rows.append((digits(before), f"{before}{word}{gap}{number}{after}"))
    shown = mask_texts(pl.Series([text for _, text in rows]))
    kept = [text for (own, text), one in zip(rows, shown, strict=True) if digits(one) not in {own, ""}]
    assert kept == []
    assert mask_texts(shown).to_list() == shown.to_list()


@some
@every
def test_a_word_that_announces_nothing_leaves_what_follows_as_it_is(kind: str, most: int) -> None:
    tails = (" is wrong", ": ?", " 2 times", " 12", " - 3", ", 5 €", " 1.2.3", " ist falsch", " が違う", " не то", "!")
    chance = random.Random(kind)
    texts = pl.Series([word + tail for word in sampled(kind, most) for tail in chance.sample(tails, 3)])
    assert mask_texts(texts).to_list() == texts.to_list()


@some
def test_a_password_or_an_address_of_letters_alone_is_hidden_in_every_language(most: int) -> None:
    """Texts without a digit are searched only if they have the beginning of some word."""
    told = [f"{word}: hunTer!xQ" for word in sampled("passwords", most)]
    told += [f"kim {word} example punkt de" for word in words_of(contacts._AT_WORDS)[:most]]
    told += [
        f"kim {opened}{sign}{closed} example punkt de" for sign in ("a", "at") for opened, closed in ("[]", "()", "{}")
    ]
    shown = mask_texts(pl.Series(told))
    assert [text for text, one in zip(told, shown, strict=True) if not re.search(r"\[(?:token|e-mail)\]$", one)] == []


@some
def test_a_password_is_hidden_after_a_word_that_is_joined_to_another_but_not_after_a_slug(most: int) -> None:
    words = sampled("passwords", most)
    told = [f"{joined}{word}: Fritz!4711" for word in words for joined in ("wifi-", "Apple-ID-", "login/")]
    told += [f"{joined}Passwort Blume2023" for joined in ("WLAN-", "Email-", "E-Mail-")]
    shown = mask_texts(pl.Series(told))
    assert [text for text, one in zip(told, shown, strict=True) if not one.endswith("[token]")] == []
    slugs = pl.Series([f"{slug} h2x9a" for slug in ("/reset-password", "forgot-password page", "a/b/new-password:")])
    assert mask_texts(slugs).to_list() == slugs.to_list()
