"""How much of what is personal is hidden, on lists of labelled messages, beside presidio's patterns and phonenumbers.

    uv run --with presidio-analyzer python tests/benchmarks/masking.py

The lists stand in ``tests/unit/masking``: places that are to be hidden between « and », by kind, in more than seventy
languages, and harmless messages that look alike. All but the fifth, sixth, eighth and ninth were written without a look
at the patterns, and all were used to mend them afterwards; docs/masking.md has the figures from before. A place is
hidden where what stands between the marks is gone from the result. Precision is places hidden of all that was hidden.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import phonenumbers
import polars as pl

from seggwat_nb.share.privacy import MARK, mask_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Masker = Callable[[Sequence[str]], Sequence[str]]

LISTS = Path(__file__).parents[1] / "unit" / "masking"
KINDS = ("email", "phone", "ip", "card", "iban", "natid", "token", "password", "url", "mac", "path")
"""Kinds that masking promises; the lists have others too, such as names in social networks."""
MARKED = re.compile(r"«(.*?)»", re.DOTALL)
HIDDEN = "[hidden]"


@dataclass
class Outcome:
    """What a masker did to one list."""

    places: Counter[str] = field(default_factory=Counter)
    hidden: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    harmless: int = 0
    changed: int = 0
    misses: list[tuple[str, str]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Places hidden whole, of all whose kind is promised."""
        return sum(self.hidden[kind] for kind in KINDS) / sum(self.places[kind] for kind in KINDS)

    @property
    def precision(self) -> float:
        """Places hidden, of all that was hidden."""
        return self.hidden.total() / (self.hidden.total() + self.wrong)


def measure(name: str, mask: Masker) -> Outcome:
    """Mask a list and count."""
    rows = [json.loads(line) for line in (LISTS / f"{name}.jsonl").read_text().splitlines()]
    texts = [MARKED.sub(r"\1", row["text"]) if row["kind"] != "none" else row["text"] for row in rows]
    outcome = Outcome()
    for row, text, result in zip(rows, texts, mask(texts), strict=True):
        marks = len(re.findall(rf"{MARK}|{re.escape(HIDDEN)}", result))
        if row["kind"] == "none":
            outcome.harmless += 1
            outcome.changed += result != text
            outcome.wrong += marks
            continue
        spans = MARKED.findall(row["text"])
        gone = sum(span not in result for span in spans)
        outcome.places[row["kind"]] += len(spans)
        outcome.hidden[row["kind"]] += gone
        outcome.wrong += max(0, marks - gone)
        if gone < len(spans):
            outcome.misses.append((row["text"], result))
    return outcome


def ours(texts: Sequence[str]) -> Sequence[str]:
    """Mask as everything shared is masked."""
    return mask_texts(pl.Series(texts, dtype=pl.String)).to_list()


def numbers_alone(texts: Sequence[str]) -> list[str]:
    """Hide what phonenumbers finds, taking a number without a country's code for an American one."""

    def hide(text: str) -> str:
        for match in reversed(list(phonenumbers.PhoneNumberMatcher(text, "US"))):
            text = text[: match.start] + HIDDEN + text[match.end :]
        return text

    return [hide(text) for text in texts]


def presidio() -> Masker | None:
    """Give presidio's recognizers that work by patterns; None where it is not installed."""
    try:
        from presidio_analyzer import predefined_recognizers as known  # type: ignore[import-not-found]
    except ImportError:
        return None
    names = (
        "CreditCardRecognizer", "CryptoRecognizer", "EmailRecognizer", "IbanRecognizer", "IpRecognizer",
        "PhoneRecognizer", "UsSsnRecognizer", "UsItinRecognizer", "UsPassportRecognizer", "UsBankRecognizer",
        "UrlRecognizer", "NhsRecognizer", "EsNifRecognizer", "ItFiscalCodeRecognizer", "PlPeselRecognizer",
        "InPanRecognizer", "InAadhaarRecognizer", "AuTfnRecognizer", "SgFinRecognizer",
        "FiPersonalIdentityCodeRecognizer",
    )  # fmt: skip
    recognizers = [getattr(known, name)() for name in names if hasattr(known, name)]

    def mask(texts: Sequence[str]) -> list[str]:
        results = []
        for text in texts:
            found = sorted(
                (one.start, one.end)
                for recognizer in recognizers
                for one in recognizer.analyze(text, recognizer.supported_entities, None) or []
                if one.score >= 0.4  # a weak pattern alone scores less
            )
            result, at = "", 0
            for start, end in found:
                if start >= at:
                    result, at = result + text[at:start] + HIDDEN, end
            results.append(result + text[at:])
        return results

    return mask


def main() -> None:
    """Print a table, and with --misses what was not hidden."""
    maskers: dict[str, Masker | None] = {"seggwat_nb": ours, "presidio": presidio(), "phonenumbers": numbers_alone}
    for name in sorted(path.stem for path in LISTS.glob("*.jsonl")):
        outcomes = {who: measure(name, mask) for who, mask in maskers.items() if mask is not None}
        print(f"\n{name:<12}" + "".join(f"{who:>14}" for who in outcomes))
        for kind in [*KINDS, *sorted(outcomes["seggwat_nb"].places.keys() - set(KINDS))]:
            cells = (f"{one.hidden[kind]}/{one.places[kind]}" for one in outcomes.values())
            print(f"{kind:<12}" + "".join(f"{cell:>14}" for cell in cells))
        print(f"{'all kinds':<12}" + "".join(f"{one.recall:>14.1%}" for one in outcomes.values()))
        print(f"{'precision':<12}" + "".join(f"{one.precision:>14.1%}" for one in outcomes.values()))
        cells = (f"{one.changed}/{one.harmless}" for one in outcomes.values())
        print(f"{'harmless':<12}" + "".join(f"{cell:>14}" for cell in cells))
        if "--misses" in sys.argv:
            for text, result in outcomes["seggwat_nb"].misses:
                print(f"  {text}\n    {result}")


if __name__ == "__main__":
    main()
