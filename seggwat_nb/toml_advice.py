"""Says what to write instead of what TOML does not allow.

Python's parser names a line, but not what a text editor or a phone did to it: straight quotation marks became “ and ”,
a space was copied from a web page, or a merge left its markers.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["advice"]

_CONFLICT: Final = re.compile(r"^(?:<{7}|={7}|>{7})(?: |\r?$)", re.MULTILINE)
_PLACE: Final = re.compile(r"\(at line (\d+), column \d+\)")
_TEXT_OR_COMMENT: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*')
_KEY: Final = re.compile(r'\s*([\w-]+|"[^"]*")\s*=')
_ENTRY: Final = re.compile(r'\s*(?P<key>[\w-]+|"[^"]*")\s*=\s*(?P<value>\S.*)')
_SEVERAL: Final = re.compile(r"[\"'],?\s*[\w-]+\s*=")
_LIKE_A_DAY: Final = re.compile(r"\d{4}([-/.])\d\d?\1\d\d?|\d\d?([-/.])\d\d?\2\d{4}")
_LIKE_A_NUMBER: Final = re.compile(r"\d[\w.,'-]*\w")
_QUOTATION: Final = re.compile("QUOTATION MARK|CORNER BRACKET|APOSTROPHE|PRIME")

_OF_ERRORS: Final = (
    ("Illegal character '\\n'", "A quotation mark is missing at the end."),
    ("Unterminated string", "A quotation mark is missing at the end."),
    ("Illegal character", "Remove this character."),
    ("Unescaped", "Write text with a backslash in single quotation marks."),
    ("Invalid hex value", "Write text with a backslash in single quotation marks."),
    ("Invalid value", "Write text in quotation marks, as in {example}."),
    ("Unclosed array", "Write a comma between the texts of a list, and ] at its end."),
    ("Expected '='", "Write an equals sign after the key, as in {example}, and # before a comment."),
    ("Expected ']", "Close the name of the table, as in [[{table}]]."),
    ("Expected newline", "Write one key and its value on a line, and nothing after them."),
    ("Invalid", "A line is [[{table}]], a key, = and its value, or # and a comment."),
)
"""How errors of `tomllib` begin, and what to do. Other versions of Python may word them in another way."""


def advice(text: str, error: str, *, table: str = "theme", example: str = 'name = "Payment"') -> str:
    """Return a sentence that says what to do about an error of `tomllib`. Empty if nothing is known.

    Parameters
    ----------
    text
        The file.
    error
        What the parser says.
    table
        The name of the tables in the file.
    example
        A line of such a table.

    Returns
    -------
    str
        What to do.

    Examples
    --------
    >>> advice('name = “Pay”', "Invalid value (at line 1, column 8)")
    'Replace “ (left double quotation mark) with a straight quotation mark.'
    >>> advice("name = Pay", "Invalid value (at line 1, column 8)")
    'Write text in quotation marks, as in name = "Payment".'
    """
    if _CONFLICT.search(text):
        return "Resolve the conflict of a merge and remove its markers."
    place = _PLACE.search(error)
    line = text.split("\n")[int(place[1]) - 1] if place else ""
    for char in _TEXT_OR_COMMENT.sub("", line):
        if not char.isascii() and not char.isalnum():
            return _instead(char)
    if error.startswith("Cannot overwrite") and (key := _KEY.match(line)):
        return f'The key "{key[1]}" is there twice. Join both.'
    if re.search(r"=\s*(?:True|TRUE|False|FALSE)\s*(?:#|$)", line):
        return "Write true and false in small letters."
    if error.startswith("Expected newline") and (entry := _ENTRY.match(line)):
        return _of_value(entry["key"], entry["value"])
    known = next((what for start, what in _OF_ERRORS if error.startswith(start)), "")
    return known.format(table=table, example=example)


def _of_value(key: str, value: str) -> str:
    """Return what to do about a value that the parser reads only in part."""
    quote = value[0]
    after = value[1:].partition(quote)[2]  # where the text seems to end
    if quote in "\"'" and quote in after and _SEVERAL.search(value) is None:
        other = "in double quotation marks" if quote == "'" else "in single quotation marks"
        return f"Write a text that contains {quote} {other}."
    bare = value.partition("#")[0].strip()
    if _LIKE_A_DAY.fullmatch(bare):
        return f"Write a day as year, month and day, as in {key} = 2026-12-31."
    if _LIKE_A_NUMBER.fullmatch(bare):
        return f'Write a number with digits alone, as in {key} = 12, and anything else in quotation marks: "{bare}".'
    return "Write one key and its value on a line, and nothing after them."


def _instead(char: str) -> str:
    name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
    if unicodedata.category(char) == "Cf":
        return f"Remove the {name}."
    plain = unicodedata.normalize("NFKC", char)
    if plain == " ":
        return f"Replace the {name} with a space."
    if _QUOTATION.search(name.upper()):
        return f"Replace {char} ({name}) with a straight quotation mark."
    if "comma" in name or (len(plain) == 1 and plain.isascii()):
        return f'Replace {char} ({name}) with "{"," if "comma" in name else plain}".'
    return f"Write {char} ({name}) only in quotation marks."
