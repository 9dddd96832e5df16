"""Finds what the author of a message wrote, without the mail that it answers, signatures and HTML.

This is done in one place, for words, themes and duplicates alike: quoted and forwarded mail with its headers, what
follows a line of two dashes at the end, *Sent from my …*, HTML tags and the colors of a terminal are left out, and
``&eacute;`` is *é*. If nothing else is in a message, only the marks of quotes and the headers are left out, and one
that is all HTML stays.
"""

from __future__ import annotations

import html
from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.folding import fold_texts

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["own_text", "own_words"]

_UNSEEN: Final = r"(?is)<!--.*?-->|<style\b[^<>]*>.*?</style\s*>|<title\b[^<>]*>.*?</title\s*>"
"""What a browser does not show, with its text. Scripts are code that people write about."""

_BLOCK_TAG: Final = (
    r"(?i)</?(?:p|br|div|li|ul|ol|dl|dt|dd|table|thead|tbody|tfoot|tr|td|th|caption|blockquote|h[1-6]|hr|pre|center|"
    r"html|head|body|section|article|header|footer|main|nav|aside|form|fieldset|figure|figcaption)(?:\s[^<>]*)?/?>"
)
_TAG: Final = (
    r"(?i)</?(?:a|abbr|b|big|button|cite|code|col|colgroup|del|em|font|i|iframe|img|input|ins|kbd|label|link|mark|meta|"
    r"o:p|picture|q|s|samp|small|source|span|strike|strong|sub|sup|svg|tt|u|var|video|wbr)(?:\s[^<>]*)?/?>"
    r"|<!doctype\b[^<>]*>"
)
_ENTITY: Final = r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"
_MARKED_UP: Final = r"<[A-Za-z/!]|&[#A-Za-z]"
_COLORED: Final = r"\x1B|\[0m"
_COLORS: Final = r"\x1B\][^\x07\x1B]*(?:\x07|\x1B\\)?|\x1B\[[0-9;?]*[A-Za-z]|\[[0-9][0-9;]*m"
"""What sets the colors and the title of a terminal, as in logs. Many forms drop the character before the bracket."""

_QUOTED: Final = r"(?m)^[ \t]*>.*$"
_MARKS: Final = r"(?m)^[ \t]*>(?:[ \t]?>)*[ \t]?"
_INTRODUCED: Final = r"(?m)^[^\n>]*[\d@][^\n]*(?:\n[^\n>]{0,80})?[:\x{FF1A}][ \t]*\n\s*(>)"
"""A line such as *On 3 May 2026, Ann wrote:*, in any language: it has a date or an address, and a quote follows."""

_WROTE: Final = (
    r"(?im)^[^\n]*[\d@][^\n]*(?:\n[^\n]{0,80})?(?:\b(?:wrote|schrieb|a \x{E9}crit|escribi\x{F3}|escreveu|ha scritto|"
    r"schreef|skrev|kirjoitti|napisa\x{142}\(?a?\)?|napsala?|nap\x{ED}sala?|написала?|пише|написа|yazd\x{131}|"
    r"\x{ED}rta|a scris|έγραψε|viết|menulis|כתב/?ה?|كتب)|写道|寫道|のメール|님이 작성)[^\n]{0,60}[:\x{FF1A}]?[ \t]*"
    r"\n[\s\S]*\z"
)
"""The same where no mark is before the lines of the quote."""

_FORWARDED: Final = (
    r"(?i)(?:^|\n)[ \t>]*-{2,} ?(?:original message|forwarded message|urspr\x{FC}ngliche nachricht|"
    r"weitergeleitete nachricht|message d['\x{2019}]origine|message original|message transf\x{E9}r\x{E9}|"
    r"mensaje original|mensaje reenviado|mensagem original|messaggio originale|oorspronkelijk bericht|"
    r"originalmeddelelse|ursprungligt meddelande|p\x{16F}vodn\x{ED} zpr\x{E1}va|oryginalna wiadomo\x{15B}\x{107}|"
    r"исходное сообщение|元のメッセージ|原始邮件|原始郵件|원본 메시지) ?-{2,}[\s\S]*\z"
)
_HEADERS: Final = (
    r"(?im)^[ \t>*]*(?:from|von|de|da|van|fr\x{E5}n|fra|l\x{E4}hett\x{E4}j\x{E4}|od|felad\x{F3}|kimden|dari|от|від|"
    r"από|מאת|من|差出人|送信者|发件人|寄件者|보낸 사람)[ \t]*\*?[:\x{FF1A}][^\n]*\n"
    r"(?:[^\n:\x{FF1A}]{1,25}[:\x{FF1A}][^\n]*\n){1,6}?[ \t>*]*"
    r"(?:subject|betreff|objet|asunto|assunto|oggetto|onderwerp|\x{E4}mne|emne|aihe|p\x{159}edm\x{11B}t|predmet|temat|"
    r"t\x{E1}rgy|konu|subiect|subjek|perihal|тема|θέμα|נושא|الموضوع|件名|主题|主旨|제목)"
    r"[ \t]*\*?[:\x{FF1A}][^\n]*(?:\n|\z)"
)
"""The headers of a mail, from its sender to its subject."""

_SENT_FROM: Final = (
    r"(?i)\n[ \t]*(?:sent from my|sent from (?:outlook|yahoo|mail|proton)|get outlook for|von meinem [^\n]* gesendet|"
    r"gesendet (?:von|mit)|envoy\x{E9} (?:de|depuis|\x{E0} partir)|enviado (?:desde|do|de|a partir)|inviato da|"
    r"verstuurd vanaf|verzonden vanaf|skickat fr\x{E5}n|sendt fra|l\x{E4}hetetty|wys\x{142}ane z|odesl\x{E1}no z|"
    r"отправлено [^\n]{2,4}|надіслано з|iphoneから送信|发自我的|從我的|내 iphone에서)"
)
_SIGNED: Final = ((_SENT_FROM, r"[^\n]{0,60}\s*\z"), (r"\n--[ \t]*", r"(?:\n[^\n]*){1,6}\z"))
"""How a signature begins, such as with a line of two dashes, and what is after that: the last few lines."""

_LETTER: Final = r"[\p{L}\p{N}]"
_SEVERAL: Final = r"(?:[\p{L}\p{N}][^\p{L}\p{N}]*){8}"
"""The letters that are at least before a signature. What follows fewer may be the message, below its title."""


def own_words(messages: pl.Series) -> pl.Series:
    """Return what the authors of messages wrote, folded (`seggwat_nb.analysis.folding`). Null is an empty text.

    Examples
    --------
    >>> own_words(pl.Series(["<b>Größe</b> &amp; Farbe", None])).to_list()
    ['grösse & farbe', '']
    """
    return fold_texts(own_text(messages.cast(pl.String).fill_null("")))


def own_text(messages: pl.Series) -> pl.Series:
    r"""Leave out quoted mail, signatures and HTML. If nothing else is in a message, only marks of quotes and headers.

    Parameters
    ----------
    messages
        String.

    Examples
    --------
    >>> reply = "Still broken\n\nOn 3 May 2026, Ann wrote:\n> Restart it"
    >>> texts = own_text(pl.Series([reply, "<p>Dark mode, please</p>\n--\nAnn", "> Why?"]))
    >>> [text.strip() for text in texts]
    ['Still broken', 'Dark mode, please', 'Why?']
    """
    texts = _change_matches(messages, _COLORED, lambda colored: colored.str.replace_all(_COLORS, ""))
    texts = _change_matches(texts, _MARKED_UP, _plain)
    return _change_matches(texts, r"[\r\n>]", _strip_quotes)


def _change_matches(texts: pl.Series, where: str, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Change the texts that match a regular expression, since most are short and simple."""
    rows = texts.str.contains(where).fill_null(value=False).arg_true()
    return texts.scatter(rows, change(texts.gather(rows))) if rows.len() else texts


def _plain(texts: pl.Series) -> pl.Series:
    """Replace HTML by what a browser shows, if that is anything."""
    plain = texts.str.replace_all(_UNSEEN, "").str.replace_all(_BLOCK_TAG, "\n").str.replace_all(_TAG, "")
    entities = plain.str.extract_all(_ENTITY).explode().drop_nulls().unique().to_list()
    plain = plain.str.replace_many(entities, [html.unescape(one) for one in entities]) if entities else plain
    return plain.zip_with(plain.str.contains(_LETTER), texts)


def _strip_quotes(texts: pl.Series) -> pl.Series:
    """Leave out quoted mail and signatures."""
    plain, own = pl.col("plain"), pl.col("own")
    above = plain.str.replace(rf"{_HEADERS}[\s\S]*\z", "").str.replace(_FORWARDED, "")
    unquoted = above.str.replace_all(_INTRODUCED, "${1}").str.replace(_WROTE, "").str.replace_all(_QUOTED, "")
    rest = plain.str.replace_all(_HEADERS, "\n").str.replace_all(_MARKS, "")
    table = texts.str.replace_all("\r\n?", "\n").alias("plain").to_frame().with_columns(own=unquoted, rest=rest)
    said = pl.when(own.str.contains(_LETTER)).then(own.str.strip_chars_end()).otherwise("rest")
    found = table.select(said.alias(texts.name)).to_series()
    for start, end in _SIGNED:
        found = _change_matches(found, start, partial(_without, pattern=start + end))
    return found


def _without(texts: pl.Series, *, pattern: str) -> pl.Series:
    """Leave out a signature, unless hardly anything is before it."""
    unsigned = texts.str.replace(pattern, "")
    return unsigned.zip_with(unsigned.str.contains(_SEVERAL), texts)
