"""Parses versions in any of several schemes.

A version is parsed according to the first matching row. Text that matches none is not a version and has no order.

=====================  ==============================================  ================================================
Scheme                 Read as                                         Source
=====================  ==============================================  ================================================
``semver``             ``1.2.3``, ``1.2.3-rc.1``, any number of parts  Semantic Versioning 2.0.0, clause 11
``pep 440``            ``1.0b2``, ``1.4.3.dev12``, ``1!2.0``,          PEP 440, by ``packaging``
                       ``1.0.post1``
``calendar``           ``2026.06``, ``2026-06``, ``2026_06_01``,       CalVer (calver.org), ISO 8601
                       ``20260601``, ``2026w23``, ``Q3 2026``,
                       ``26-06``, ``31.05.2026``
``build``              ``1.10.0 (200)``, ``1.2.3+45``, ``1.2 build     CFBundleShortVersionString with CFBundleVersion
                       3 50829``, ``1.2.3_45``, ``1.2.3/45``,          (Apple), versionCode (Android), Debian policy
                       ``1.2-3``, ``1.2.3-1ubuntu2``
``revision``           ``456``, ``build 456``, ``r123``, ``#12``       CFBundleVersion or versionCode alone
``qualifier``          ``1.0.0.RELEASE``, ``.Final``, ``.GA``,         Maven, ``ComparableVersion``
                       ``-sp1``, ``-hotfix1``, ``-ios``
``named``              ``my-app 1.2.3``, ``app@1.2.3+45``,             Sentry release names, ``package@version+build``
                       ``Chrome/126.0``                                RFC 9110 (product tokens)
``git describe``       ``1.4.2-12-gabc1234``, ``1.4.2-dirty``          git-describe(1)
``letter``             ``1.1.1w``, ``21A329``, ``R2026a``              OpenSSL's and Apple's builds, MATLAB
``decimal``            ``1.05`` before ``1.1``                         only where a project writes ``1.02`` and ``1.2``
``other``              branches, commits, ranges, ``1.2.x``, text
``empty``              nothing that can be seen, null
=====================  ==============================================  ================================================

Some texts can be read in two ways. `Reading.of` lets the versions of the project decide:

- ``1.2.3-42`` is a pre-release (SemVer), unless such numbers keep increasing from release to release, as only build
  numbers do;
- ``1.1.1a`` is an alpha (PEP 440), unless the project has letters that are not stages, such as ``1.1.1k``;
- ``20260601`` is a date, unless the project has eight-digit numbers that are not;
- ``1.02`` is ``1.2``, unless the project has both, but no versions with three numbers and no pairs like ``1.10`` and
  ``1.1``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from packaging.version import InvalidVersion, Version

from seggwat_nb.analysis.calendar_versions import FIRST_SHORT_YEAR, is_day, parse_calendar
from seggwat_nb.analysis.version_keys import (
    DEV,
    EMPTY,
    END,
    FINAL,
    FIX,
    NAME,
    NUMBER,
    OTHER,
    POST,
    SEMVER_NUMBERS,
    VERSION,
    spelling,
)
from seggwat_nb.analysis.version_words import BRANCHES, BUILD, BUILDS, COUNTERS, FIXES, GENERIC, LABELS, SAME, STAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seggwat_nb.analysis.version_keys import Key, Stage

__all__ = ["DEFAULT", "SCHEMES", "Parsed", "Reading", "line", "parse_version", "plain"]

_LINES: Final = ("calendar", "revision")
SCHEMES: Final = (
    *("semver", "pep 440", "calendar", "build", "revision", "qualifier", "named", "git describe", "letter", "decimal"),
    *("other", "empty"),
)
"""The ways in which a version can be read, see the module."""

_LONGEST: Final = 200
"""Maximum length of a version. Longer text is not parsed."""
_MOST_WORDS: Final = 3
"""Maximum number of words in a label. Longer ones are sentences."""

_COMMIT: Final = re.compile(r"(?=.*[a-f])[0-9a-f]{7,40}")
_HASH: Final = re.compile(r"(?=.*[a-f])(?=.*[0-9])g?[0-9a-f]{7,40}")
_DESCRIBED: Final = re.compile(r"(?P<base>.+?)(?:-(?P<commits>[0-9]+)-(?P<commit>g[0-9a-f]{4,40}))?(?P<dirty>-dirty)?")
_JOINED: Final = re.compile(r"([^\W\d_]+)([0-9]+)")
_LETTER: Final = re.compile(r"[0-9]+([a-z])([0-9]*)([a-z]?)")
_PATCH_LETTER: Final = re.compile(r"v?[0-9]+(?:\.[0-9]+)*[d-lnostyz][0-9]*", re.IGNORECASE)
_PACKAGED: Final = re.compile(r"-[0-9][0-9.]*(?:ubuntu|[~+.](?:deb|bpo|ubuntu|el|fc|mga|suse)[0-9]).*")
"""The revision of a Linux package: ``-1ubuntu2``, ``-1~deb12u1``, ``-3.el9``."""
_YEAR_LETTER: Final = re.compile(r"(?:19|20)[0-9]{2}[a-d]")
"""One of the releases of a year: ``2026a``."""
_TWO: Final = re.compile(r"[0-9]\.[0-9]+(?: (?P<word>[^\W\d_]+)\.? | [->]+ ?| ?[/;|&,] ?)v?[0-9]+\.[0-9]")
"""Two versions with a word or sign between them: ``1.2 and 1.3``."""
_JOINING: Final = frozenset({*STAGES, *FIXES, *LABELS, *COUNTERS, *GENERIC, *BUILDS})
_APART: Final = re.compile(r" - | ?[|;] ?| [\"'](?=\w)|(?<=\w)[\"'](?= )")
"""What sets the name of a version apart: ``1.2 - Bookworm``, ``1.2 "Bookworm"``."""
_BITS: Final = re.compile(r"\b(32|64)[ -]?bit\b")
_COUNTED: Final = re.compile(r"v?([0-9]+\.[0-9]+\.[0-9]+)-([0-9]+)", re.IGNORECASE)
_MARKS: Final = str.maketrans(
    {**dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-"), **dict.fromkeys((0x3002, 0xFF61, 0xB7), ".")}
    | dict.fromkeys((*range(0x2018, 0x2020), 0xAB, 0xBB), "'")
    | {"\N{GREEK SMALL LETTER ALPHA}": "alpha", "\N{GREEK SMALL LETTER BETA}": "beta"}
)
"""Other dashes, minus signs, full stops and quotation marks, and Greek letters for stages."""
_PERIOD_FIRST: Final = re.compile(r"^(w|kw|cw|q|h)[ ._-]*([0-9]{1,2})[ ._/-]+((?:19|20)[0-9]{2})$")
_ENCLOSED: Final = re.compile(r"^[(\[<{]([^()\[\]<>{}]+)[)\]>}]$")
_EAST_ASIAN: Final = re.compile(r"([0-9]{4}) ?[年년] ?([0-9]{1,2}) ?[月월](?: ?([0-9]{1,2}) ?[日일])?")


class Parsed(NamedTuple):
    """A parsed version: `key` sorts it, `canonical` is its spelling, and `scheme` says how it was read."""

    key: Key
    canonical: str
    scheme: str


class Reading(NamedTuple):
    """How a project's ambiguous versions are read, see the module."""

    builds: bool = False
    letters: bool = False
    days: bool = True
    decimals: bool = False

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> Reading:
        """Decide how to read the versions of a project.

        Examples
        --------
        >>> Reading.of(["3.3.0-40", "3.3.1-42", "3.4.0-51"]).builds
        True
        >>> Reading.of(["3.3.0-1", "3.3.1-0", "4.0.0-0"]).builds
        False
        """
        known = [plain(text).casefold() for text in texts if text and len(text) <= _LONGEST]
        days = [text for text in known if text.isdecimal() and len(text) == len("20260601")]
        return cls(
            builds=_count_on(known),
            letters=any(_PATCH_LETTER.fullmatch(text) for text in known),
            days=all(map(is_day, days)),
            decimals=_are_decimals(known),
        )


def _count_on(texts: Sequence[str]) -> bool:
    """Return whether the numbers after a hyphen increase from release to release, for at least three releases."""
    counts: dict[tuple[int, ...], list[int]] = {}
    for found in filter(None, map(_COUNTED.fullmatch, texts)):
        counts.setdefault(tuple(map(int, found[1].split("."))), []).append(int(found[2]))
    in_order = [counts[release] for release in sorted(counts)]
    return len(in_order) >= SEMVER_NUMBERS and all(max(a) < min(b) for a, b in pairwise(in_order))


def _are_decimals(texts: Sequence[str]) -> bool:
    numbers = [text.removeprefix("v").split(".") for text in texts if re.fullmatch(r"v?[0-9]+(\.[0-9]+)*", text)]
    pairs = {(first, second) for first, second in (parts for parts in numbers if len(parts) == 2)}  # noqa: PLR2004
    if any(len(parts) > 2 for parts in numbers) or any(int(first) >= FIRST_SHORT_YEAR for first, _ in pairs):  # noqa: PLR2004
        return False
    both = any(second.startswith("0") and (first, second.lstrip("0")) in pairs for first, second in pairs)
    return both and not any(second.endswith("0") and (first, second[:-1]) in pairs for first, second in pairs)


def plain(text: str) -> str:
    """Normalize a text to NFKC, with Latin digits, single spaces, and no invisible characters.

    Examples
    --------
    >>> plain("\N{FULLWIDTH DIGIT ONE}.\N{ARABIC-INDIC DIGIT TWO}\N{ZERO WIDTH SPACE} "), plain("main")
    ('1.2', 'main')
    """
    if text.isascii():
        return " ".join(text.split()) if text.isprintable() else " ".join(_strip_invisible(text).split())
    seen = _strip_invisible(unicodedata.normalize("NFKC", _strip_invisible(text)))
    digits = "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in seen)
    return " ".join(unicodedata.normalize("NFC", digits).split())


def _strip_invisible(text: str) -> str:
    return "".join(
        letter for letter in text if unicodedata.category(letter) not in {"Cf", "Cc", "Cs"} or letter.isspace()
    )


DEFAULT: Final = Reading()
"""How a version is read if no others are known."""


_SELECTORS: Final = frozenset(map(chr, (*range(0xFE00, 0xFE10), 0x20E3)))


def _is_decoration(letter: str) -> bool:
    """Return whether a character is a pictogram or modifies one (a skin tone, variation selector or keycap)."""
    return unicodedata.category(letter) in {"So", "Sk"} or letter in _SELECTORS


@lru_cache(maxsize=2**14)
def parse_version(text: str, reading: Reading = DEFAULT) -> Parsed:
    """Parse a version. Anything else is other text."""
    shown = plain(text)
    if not shown:
        return Parsed((EMPTY, 0, (), (), (), ""), "", "empty")
    found = None
    if len(shown) <= _LONGEST:
        bare = shown.translate(_MARKS).casefold()
        bare = "".join(letter for letter in bare if letter.isascii() or not _is_decoration(letter))
        bare = _EAST_ASIAN.sub(lambda date: ".".join(filter(None, date.groups())), bare)
        bare = _PERIOD_FIRST.sub(r"\3\1\2", _ENCLOSED.sub(r"\1", bare))
        found = _version(bare.strip(" \"'`,;"), reading)
    if found is None:
        return Parsed((OTHER, 0, (), (), (), shown), shown, "other")
    key = found.key
    return Parsed(key, spelling(key), found.scheme)


def line(text: str, reading: Reading = DEFAULT) -> str:
    """Return the numbering of a version, which that of others does not continue. Empty for ordinary versions.

    Examples
    --------
    >>> [line(text) for text in ("2.7.0", "2026.11", "r123")]
    ['', 'calendar', 'revision']
    """
    scheme = parse_version(text, reading).scheme
    return scheme if scheme in _LINES else ""


class _Found(NamedTuple):
    key: Key
    scheme: str


def _version(text: str, reading: Reading) -> _Found | None:
    two = _TWO.search(text)
    if _COMMIT.fullmatch(text) or ".." in text or (two and two["word"] not in _JOINING):
        return None
    text = _BITS.sub(r"\1bit", _APART.sub(" ", text.removeprefix("refs/tags/")))
    if _YEAR_LETTER.fullmatch(text.removeprefix("r")):
        text = text.removeprefix("r")
    label, rest = _label_and_rest(text)
    if rest is None:
        return None
    match = _DESCRIBED.fullmatch(rest)
    if match is None:
        return None
    commits, dirty = int(match["commits"] or 0), match["dirty"] or ""
    base = _parse_numbers(match["base"], label, reading)
    if base is None or not (commits or dirty):
        return base
    group, epoch, numbers, stages, build, words = base.key
    suffix = f"-{commits}-{match['commit']}{dirty}" if commits else dirty
    before = tuple(stage for stage in stages if stage[0] not in {END, FINAL})
    return _Found((group, epoch, numbers, (*before, (POST, commits, suffix), _end(END)), build, words), "git describe")


# -- labels ----------------------------------------------------------------------------------------------------------


def _label_and_rest(text: str) -> tuple[str, str | None]:
    """Split the name of a product from its version. The version is None if there is none."""
    package, at, rest = text.rpartition("@")
    if at and rest.removeprefix("v")[:1].isdecimal():
        return package.strip(), rest.removeprefix("v")
    first = re.search(r"[0-9]", text)
    # A number with a dot is the version, unless a word announces another: Version 2402 (Build 17328.20162).
    is_told = first is not None and text[: first.start()].strip(" .:") in GENERIC
    start = first if is_told else re.search(r"(?<![^\W_])v?[0-9]+\.[0-9]", text) or first
    if start is None:
        return "", None
    head, rest = text[: start.start()], text[start.start() :].removeprefix("v")
    if re.match(r"v?[0-9]", text) or not head:
        return "", text.removeprefix("v")
    label = _label(head)
    if label is None:
        return "", None
    is_counted = label in COUNTERS and rest.isdecimal()
    is_version = re.match(r"[0-9]+[._,-][0-9]", rest) or (label not in BRANCHES and _is_told(rest))
    if label and not is_counted and not is_version:
        return "", None
    return label, rest


def _is_told(rest: str) -> bool:
    """Return whether a build shows that a product's lone number is its version: the 12 in iPhone 12 is not."""
    core, builds = _split_build(rest)
    return core.isdecimal() and bool(builds) and not re.match(r"[0-9]+[ _][0-9]", rest)


def _label(head: str) -> str | None:
    """Return what a version is of. None if the text before it shows that it is not a version, such as a range."""
    words = head.strip(" .:=_-")
    letters = "".join(letter for letter in head if unicodedata.category(letter)[0] != "M")
    if head.strip() in {"-", "+", "/"} or re.search(r"[^\w\s.:=@/_#&'()+-]", letters):
        return None
    if "/" in head and words.partition("/")[0] in BRANCHES:
        return None
    if words in GENERIC:
        return words if head.rstrip().endswith(("-", "/")) and words.startswith("rel") else ""
    name, _, last = words.rpartition(" ")
    words = (name if name and last in GENERIC else words).rstrip(" /-_.:=")
    return None if len(words.split()) > _MOST_WORDS else words


# -- numbers, stages and builds ---------------------------------------------------------------------------------------


def _parse_numbers(text: str, label: str, reading: Reading) -> _Found | None:
    epoch, rest = 0, text
    if found := re.match(r"([0-9]{1,9})([!:])(?=[0-9])", text):
        epoch, rest = int(found[1]), text[found.end() :]
        rest = rest.replace("-", "+", 1) if found[2] == ":" else rest  # a Debian revision
    of_calendar = parse_calendar(rest, days=reading.days)
    scheme = "calendar" if of_calendar else "named" if label else "semver"
    rest, period = of_calendar or (rest, "")
    core, builds = _split_build(rest)
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)*)(.*)", core, re.DOTALL)
    if match is None:
        return None
    numbers, suffix = match[1].split("."), match[2]
    if any(len(number) > len("20260601103000") + 6 for number in numbers):
        return None
    staged = _parse_suffix(numbers, suffix, reading)
    if staged is None:
        return None
    if label in COUNTERS or (len(numbers) == 1 and not suffix and not label and not of_calendar):
        scheme = "calendar" if re.fullmatch("(?:19|20)[0-9]{2}", rest) else "revision"
    elif builds and scheme == "semver":
        scheme = "build"
    words = " ".join(filter(None, (label, period, *staged.labels)))
    if len(words.split()) > _MOST_WORDS + bool(period) and label not in words:
        return None
    if staged.labels and len(numbers) == 1 and not set(staged.labels) <= LABELS:
        return None
    release = _decimal(numbers) if reading.decimals and len(numbers) == 2 else tuple(map(int, numbers))  # noqa: PLR2004
    if reading.decimals and scheme == "semver":
        scheme = "decimal"
    key = (VERSION, epoch, _trim_zeros(release), staged.stages, _build_keys((*staged.builds, *builds)), words)
    return _Found(key, staged.scheme if staged.scheme and scheme == "semver" else scheme)


def _split_build(text: str) -> tuple[str, tuple[str, ...]]:
    """Split off the build, in any notation."""
    text = re.sub(r" ?[(\[{] ?([^)\]}]*?) ?[)\]}]", _strip_brackets, text)
    if re.fullmatch(r"[0-9]+(?:_[0-9]+)+|[0-9]+(?:,[0-9]+)+|[0-9]{1,4}(?:-[0-9]{1,4}){2,}", text):
        text = re.sub("[_,-]", ".", text)
    text = re.sub(r"^([0-9]+(?:\.[0-9]+)+)[/,](?=[0-9]+$)", r"\1+", text)
    text = BUILD.sub("+", text)
    text = re.sub(r"(?<=[0-9]) (?=[0-9])(?!(?:32|64)bit)|(?<=[0-9])_(?=[0-9])| ?#(?=[0-9])", "+", text)
    core, _, build = text.partition("+")
    return core.strip(" ._"), tuple(re.findall(r"[^\W_]+", build))


def _strip_brackets(found: re.Match[str]) -> str:
    said = found[1]
    is_build = (
        (not said[:1].isalpha() and said not in LABELS)
        or said.startswith(("build", "bld", *BUILDS))
        or _HASH.fullmatch(said)
    )
    return f"+{said}" if is_build else f" {said}"


class _Staged(NamedTuple):
    stages: tuple[Stage, ...]
    labels: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    scheme: str = ""


def _parse_suffix(numbers: Sequence[str], suffix: str, reading: Reading) -> _Staged | None:
    """Parse what follows the numbers: stages before or after the release, variants, and build numbers."""
    if not suffix:
        return _Staged((_end(FINAL),))
    is_build = re.fullmatch(r"-[0-9]+", suffix) and (reading.builds or len(numbers) != SEMVER_NUMBERS)
    if is_build or _PACKAGED.fullmatch(suffix):
        return _Staged((_end(FINAL),), builds=tuple(re.findall(r"[0-9]+|[^\W\d_]+", suffix)), scheme="build")
    letter = _LETTER.fullmatch(f"{numbers[-1]}{suffix}")
    is_patch = reading.letters or _YEAR_LETTER.fullmatch("".join((*numbers, suffix)))
    if letter and letter[1] not in "prvx" and (is_patch or letter[1] not in "abcm"):
        first, number, last = letter.groups()
        after = [(FIX, 0, first), *([(FIX, int(number), "")] if number else []), *([(FIX, 0, last)] if last else [])]
        return _Staged((*after, _end(FINAL)), scheme="letter")
    suffix = re.sub(r"(?<![a-z])cr(?=[0-9])", "rc", suffix)
    if suffix[0] not in "-~":
        try:
            return _pep440(Version(f"0{suffix}"))
        except InvalidVersion:
            pass  # It may contain a word that is not in PEP 440.
    words = suffix.strip(" ._-~").replace("release candidate", "rc").replace("build-snapshot", "snapshot")
    words = re.sub("service ?pack", "sp", words).replace("early access", "ea")
    names = (suffix[1:] if suffix[0] in "-~" else words).split(".")
    if suffix[0] not in "-~" or not all(re.fullmatch(r"[\w-]+", name) for name in names):
        names = re.split(r"[ ._]+", words)
    is_open = names[0] == "x" and suffix[0] not in "-~"  # 1.2.x is a range of versions
    if is_open or not all(re.fullmatch(r"[\w-]+", name) for name in names):
        return None
    return _classify([part for name in names for part in _split_word(name)], is_marked=suffix[0] in "-~")


def _split_word(name: str) -> list[str]:
    """Split a known word from its number, and from anything after a hyphen."""
    first, _, rest = name.partition("-")
    joined = _JOINED.fullmatch(first)
    known = {*STAGES, *SAME, *FIXES, *LABELS, "post"}
    if name in LABELS or not ((first in known - {"a", "b", "c", "cr", "m"}) or (joined and joined[1] in known)):
        return [name]
    word = (
        [STAGES.get(first, first)]
        if joined is None or first in known
        else [STAGES.get(joined[1], joined[1]), joined[2]]
    )
    return [*word, *(_split_word(rest) if rest else [])]


def _classify(names: Sequence[str], *, is_marked: bool) -> _Staged | None:
    stages: list[Stage] = []
    labels: list[str] = []
    builds: list[str] = []
    scheme = "qualifier"
    left = list(names)
    while left:
        word = left.pop(0)
        if word in SAME or word in GENERIC:
            continue
        if word in FIXES or word == "post":
            number = int(left.pop(0)) if left and left[0].isdecimal() else 0
            stages.append((POST, number, "") if word == "post" else (FIX, number, word))
        elif word in LABELS:
            labels.append(word)
        elif word.isdecimal() and not is_marked and labels and not stages:
            labels[-1] += f" {word}"  # the version of a system: 1.2.3 Android 14
        elif _HASH.fullmatch(word):
            builds.append(word)
        elif is_marked or word in STAGES or word.isdecimal():
            before = tuple(_stage(name) for name in (word, *left))
            scheme = "semver" if not stages and not labels else scheme
            return _Staged((*stages, *before, _end(END)), tuple(labels), tuple(builds), scheme)
        else:
            labels.append(word)
    if len(labels) >= _MOST_WORDS and not set(labels) <= LABELS:
        return None
    end = _end(END if any(stage[0] == POST for stage in stages) else FINAL)
    return _Staged((*stages, end), tuple(labels), tuple(builds), scheme)


def _pep440(version: Version) -> _Staged:
    stages = []
    if version.pre is not None:
        stages += [(NAME, 0, STAGES.get(version.pre[0], version.pre[0])), (NUMBER, version.pre[1], "")]
    if version.post is not None:
        stages.append((POST, version.post, ""))
    if version.dev is not None:
        stages.append((DEV, version.dev, ""))
    return _Staged((*stages, _end(END if stages else FINAL)), scheme="pep 440")


def _stage(name: str) -> Stage:
    return (NUMBER, int(name), "") if name.isdecimal() else (NAME, 0, name)


def _end(stage: int) -> Stage:
    return (stage, 0, "")


def _build_keys(names: Sequence[str]) -> tuple[Stage, ...]:
    """Return sort keys for builds, like local versions in PEP 440: numbers come after words."""
    return tuple((1, int(name), "") if name.isdecimal() else (0, 0, name) for name in names)


def _decimal(numbers: Sequence[str]) -> tuple[int, ...]:
    return (int(numbers[0]), *map(int, numbers[1]))


def _trim_zeros(numbers: Iterable[int]) -> tuple[int, ...]:
    release = list(numbers)
    while release and not release[-1]:
        release.pop()
    return tuple(release)
