"""How messages are worded: numbers of things, and the advice of Python in the words of a shell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["ALIAS", "MARK", "counted", "in_shell", "is_text", "listed", "percent", "rest_of"]

MARK: Final = r"\[(?:e-mail|phone|ip|token|number|login|query|withheld)\]"
"""What stands where something was masked, as a regular expression."""

ALIAS: Final = r"user-[0-9a-f]{10}|\[submitter\]"
"""What a submitter is called in what leaves this machine, as a regular expression."""

_VALUE: Final = r"""\(?["']([^"']*)["'],?\)?|(\w[\w:+.-]*\w|\w)"""


def counted(number: int, thing: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "item"), counted(1200, "new item")
    ('1 item', '1,200 new items')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def is_text(value: object) -> TypeGuard[str]:
    r"""Return whether a value is text that can be written as UTF-8; bytes of a shell that are not UTF-8 cannot.

    Examples
    --------
    >>> [is_text(value) for value in ("grün", "\udcff", b"new", None)]
    [True, False, False, False]
    """
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def listed(things: Iterable[object], last: str = "and") -> str:
    """Write several things in a sentence.

    Examples
    --------
    >>> listed([".csv", ".jsonl", ".xlsx"], "or"), listed(["a"])
    ('.csv, .jsonl or .xlsx', 'a')
    """
    *others, end = map(str, things)
    return f"{', '.join(others)} {last} {end}" if others else end


def percent(share: float) -> str:
    """Write a share as a whole percentage, which is 0% of nothing and 100% of everything only.

    Examples
    --------
    >>> [percent(share) for share in (0, 0.001, 0.28, 0.999, 1)]
    ['0%', '<1%', '28%', '>99%', '100%']
    """
    whole = f"{share:.0%}"
    if whole == "0%" and share > 0:
        return "<1%"
    return ">99%" if whole == "100%" and share < 1 else whole


def rest_of(number: int, known: Collection[str], *, called: str = "Other") -> str:
    """Name a group of values so that its name differs from all known values.

    Examples
    --------
    >>> rest_of(3, ["1.0"]), rest_of(3, ["Other (3 values)"])
    ('Other (3 values)', 'Other (3 values, combined)')
    """
    name = f"{called} ({counted(number, 'value')})"
    while name in known:
        name = f"{name[:-1]}, combined)"
    return name


def in_shell(message: str, options: Mapping[str, str]) -> str:
    """Word a message for a shell: keyword arguments become the options that stand for them.

    Parameters
    ----------
    message
        What an error says.
    options
        Name of a keyword argument to the option.

    Examples
    --------
    >>> in_shell('type="Bugg" is no type; add allow=("Bugg",).', {"type": "--type", "allow": "--allow"})
    '--type Bugg is no type; add --allow Bugg.'
    >>> in_shell("type must be a string, got 5.", {"type": "--type"})
    '--type must be a string, got 5.'
    >>> in_shell("No row has path /a?type=Bug.", {"type": "--type"})
    'No row has path /a?type=Bug.'
    """
    names = "|".join(map(re.escape, options))

    def option(found: re.Match[str]) -> str:
        name, quoted, plain = found.groups()
        value = quoted or plain or ""
        said = f"'{value}'" if re.search(r"[^\w:+.@/-]", value) else value
        return f"{options[name]} {said}".strip()

    message = re.sub(rf"(?<![\w.?&/#-])({names})(?= must be )", lambda found: options[found[1]], message)
    told = re.sub(r" \(`error\.\w+`\)", "", message)
    return re.sub(rf"(?<![\w.?&/#-])({names})=(?:{_VALUE})?", option, told)
