"""Finds what the author of a message wrote, without the mail that it answers, signatures and HTML tags."""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["own_text"]

_BLOCK_TAG: Final = r"(?i)</?(?:p|br|div|li|ul|ol|tr|table|blockquote|h[1-6]|hr|pre)(?:\s[^<>]*)?/?>"
_TAG: Final = r"(?i)</?(?:a|b|i|u|s|em|strong|span|font|code|small|img|td|th|tbody)(?:\s[^<>]*)?/?>"
_QUOTED: Final = r"(?m)^[ \t]*>.*$"
_MARKS: Final = r"(?m)^[ \t]*>(?:[ \t]?>)*[ \t]?"
_INTRODUCED: Final = r"(?m)^[^\n>]*[\d@][^\n]*(?:\n[^\n>]{0,80})?[:\x{FF1A}][ \t]*\n\s*(>)"
"""A line such as *On 3 May 2026, Ann wrote:*, in any language: it has a date or an address, and a quote follows."""

_FORWARDED: Final = (
    r"(?i)(?:^|\n)[ \t>]*-{2,} ?(?:original message|forwarded message|urspr\x{FC}ngliche nachricht|"
    r"weitergeleitete nachricht|message d['\x{2019}]origine|message original|message transf\x{E9}r\x{E9}|"
    r"mensaje original|mensaje reenviado|mensagem original|messaggio originale|oorspronkelijk bericht|"
    r"originalmeddelelse|ursprungligt meddelande|p\x{16F}vodn\x{ED} zpr\x{E1}va|oryginalna wiadomo\x{15B}\x{107}|"
    r"исходное сообщение|元のメッセージ|原始邮件|原始郵件|원본 메시지) ?-{2,}[\s\S]*\z"
)
_SIGNATURE: Final = r"\n--[ \t]*(?:\n[^\n]*){1,6}\z"
"""A line of two dashes before the last few lines."""

_SENT_FROM: Final = (
    r"(?i)\n[ \t]*(?:sent from my|sent from (?:outlook|yahoo|mail|proton)|get outlook for|von meinem [^\n]* gesendet|"
    r"gesendet (?:von|mit)|envoy\x{E9} (?:de|depuis|\x{E0} partir)|enviado (?:desde|do|de|a partir)|inviato da|"
    r"verstuurd vanaf|verzonden vanaf|skickat fr\x{E5}n|sendt fra|l\x{E4}hetetty|wys\x{142}ane z|odesl\x{E1}no z|"
    r"отправлено [^\n]{2,4}|надіслано з|iphoneから送信|发自我的|從我的|내 iphone에서)[^\n]{0,60}\s*\z"
)
_LEAST: Final = 8
"""Minimum number of letters before a signature. What follows fewer may be the message, below its title."""


def own_text(messages: pl.Expr) -> pl.Expr:
    r"""Remove quoted mail, signatures and HTML tags from messages. If nothing else is in one, only the marks of quotes.

    Parameters
    ----------
    messages
        String.

    Examples
    --------
    >>> reply = "Still broken\n\nOn 3 May 2026, Ann wrote:\n> Restart it"
    >>> said = pl.Series([reply, "<p>Dark mode, please</p>\n--\nAnn", "> Why?"])
    >>> [text.strip() for text in pl.select(own_text(pl.lit(said))).to_series()]
    ['Still broken', 'Dark mode, please', 'Why?']
    """
    plain = messages.str.replace_all("\r\n?", "\n").str.replace_all(_BLOCK_TAG, "\n").str.replace_all(_TAG, "")
    unquoted = plain.str.replace_all(_INTRODUCED, "${1}").str.replace(_FORWARDED, "").str.replace_all(_QUOTED, "")
    own, quote = unquoted.str.strip_chars_end(), plain.str.replace_all(_MARKS, "")
    unquoted = pl.when(_letters(unquoted) > 0).then(own).otherwise(quote)
    for pattern in (_SENT_FROM, _SIGNATURE):
        unsigned = unquoted.str.replace(pattern, "")
        unquoted = pl.when(_letters(unsigned) >= _LEAST).then(unsigned).otherwise(unquoted)
    return unquoted


def _letters(texts: pl.Expr) -> pl.Expr:
    return texts.str.count_matches(r"[\p{L}\p{N}]")
