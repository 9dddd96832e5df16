"""Messages about one thing are found together, whatever words they use, and nothing is found where nothing rose."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import seggwat_nb as sw
from seggwat_nb.analysis.rising import rising
from seggwat_nb.analysis.rising_kinds import TOPIC, WORDS
from seggwat_nb.analysis.terms import terms
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.analysis.topics import Similarity, likelihood_ratio, topics
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import PLANTED, shop_feedback
from seggwat_nb.errors import ArgumentError
from seggwat_nb.source.frames import feedback_frame

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)
DAYS, RECENT = 196, 28

KINDS = {
    "money": (["money", "refund", "sum", "amount"], ["missing", "late", "gone", "unpaid"], ["bank", "account", "card"]),
    "speed": (
        ["page", "site", "list", "screen"],
        ["slow", "sluggish", "stuck", "hangs"],
        ["phone", "tablet", "laptop"],
    ),
    "login": (["password", "login", "account", "code"], ["refused", "locked", "wrong"], ["mail", "phone", "app"]),
    "search": (["search", "filter", "list", "result"], ["empty", "useless", "wrong"], ["orders", "names", "dates"]),
    "praise": (["app", "team", "design", "update"], ["lovely", "great", "helpful"], ["work", "family", "friends"]),
}
"""What people write about, and the words with which they do."""


def written(kind: str, number: int, seed: int) -> list[str]:
    """Messages of a kind, each with some of its words."""
    chance = np.random.default_rng(seed)
    said = [" and ".join(words) for words in product(*KINDS[kind])]
    return [str(one) for one in chance.choice(said, number)]


def spoken(recent: dict[str, int], *, seed: int = 0, who: str | None = None) -> pl.DataFrame:
    """Feedback of 28 weeks with 150 messages of each kind, and more of some kinds in the last four weeks."""
    chance = np.random.default_rng(seed)
    usual = [one for place, kind in enumerate(KINDS) for one in written(kind, 150, seed + place)]
    more = [one for kind, number in recent.items() for one in written(kind, number, seed + 9)]
    days = np.concatenate([chance.uniform(0, DAYS, len(usual)), chance.uniform(DAYS - RECENT, DAYS, len(more))])
    return pl.DataFrame(
        {
            "id": [f"i{place}" for place in range(days.size)],
            "message": usual + more,
            "created_at": [NOW - timedelta(days=DAYS) + timedelta(days=float(day)) for day in days],
            "submitted_by": [None] * len(usual) + [who] * len(more),
        },
        schema_overrides={"submitted_by": pl.String},
    ).with_columns(pl.col("created_at").dt.cast_time_unit("us"))


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    return feedback_frame([shop_feedback(seed=SEED, end=NOW, project_id="p")], project_id="p").frame


def test_the_request_that_grows_in_the_demo_is_one_topic(story: pl.DataFrame) -> None:
    found = topics(story, as_of=NOW)
    planted = story.filter(pl.col("path") == PLANTED.growing_path, pl.col("created_at") >= NOW - timedelta(days=28.625))
    assert found.height == 1
    assert len({*found["ids"][0]} & {*planted["id"]}) >= 0.9 * planted.height
    assert len({*found["ids"][0]} - {*planted["id"]}) <= 0.1 * found["count"][0]
    assert "export" in str([found["term"][0], *found["terms"][0]])


def test_what_single_words_hardly_show_is_found() -> None:
    grown = {f"i{place}" for place in range(750, 774)}
    draws = [spoken({"money": 24}, seed=31 * seed) for seed in range(10)]
    found = [topics(rows, as_of=NOW) for rows in draws]
    assert sum(one.height > 0 and len(grown & {*one["ids"][0]}) > 12 for one in found) >= 8
    assert sum(terms(rows, as_of=NOW).height > 0 for rows in draws) <= 6
    assert {one["term"][0] for one in found if one.height} <= {word for words in KINDS["money"] for word in words}


FORMS = {
    "Czech": "faktura faktury faktuře fakturu fakturou faktur fakturám fakturami fakturách",
    "Finnish": "lasku laskun laskua laskuna laskuun laskusta laskulla laskut laskujen",
    "Greek": "τιμολόγιο τιμολογίου τιμολόγια τιμολογίων",
    "Romanian": "plata plată plăți plății plăților plățile",
    "Tagalog": "bayaran nabayaran babayaran kabayaran binayaran pagbayaran",
    "Tamil": "கட்டணம் கட்டணத்தில் கட்டணங்கள் கட்டணத்தை கட்டணத்திற்கு கட்டணங்களின்",
    "Ukrainian": "рахунок рахунку рахункові рахунком рахунки рахунків рахункам рахунками рахунках",
    "Welsh": "taliad daliad nhaliad thaliad taliadau daliadau nhaliadau",
    "Zulu": "inkokhelo izinkokhelo ngenkokhelo yenkokhelo zenkokhelo enkokhelweni",
}
"""Forms of the word for an invoice or a payment."""


@pytest.mark.parametrize("language", FORMS)
def test_forms_of_one_word_are_one_topic(language: str) -> None:
    chance = np.random.default_rng(4)
    forms = FORMS[language].split()
    letters = sorted({*"".join(forms)})
    words = ["".join(chance.choice(letters, 7)) for _ in range(400)]
    said = [" ".join(chance.choice(words, 4)) for _ in range(624)]
    grown = [*range(600, 624)]
    for place in grown:
        said[place] += f" {forms[place % len(forms)]}"
    days = np.concatenate([chance.uniform(0, DAYS, 600), chance.uniform(DAYS - RECENT, DAYS, 24)])
    rows = pl.DataFrame(
        {
            "id": [str(place) for place in range(624)],
            "message": said,
            "created_at": [NOW - timedelta(days=DAYS) + timedelta(days=float(day)) for day in days],
        }
    )
    found = topics(rows, as_of=NOW)
    assert found.height == 1
    ids = {*found["ids"][0]}
    right = ids & {str(place) for place in grown}
    assert len(right) >= 0.8 * len(grown)
    assert len(right) > 0.6 * len(ids)
    assert found["term"][0] in forms


def test_a_topic_carries_its_items() -> None:
    rows = spoken({"money": 60})
    one = topics(rows, as_of=NOW).row(0, named=True)
    assert one["count"] == len({*one["ids"]})
    of_items = rows.filter(pl.col("id").is_in(one["ids"]))
    assert of_items.height == one["count"]
    assert of_items["created_at"].min() >= NOW - timedelta(days=RECENT + 1)  # type: ignore[operator]
    assert {*one["examples"]} <= {*of_items["message"]}
    assert one["share"] == one["count"] / one["n"]
    assert one["ratio"] == pytest.approx(one["share"] / one["baseline_share"])
    assert one["low"] <= one["ratio"] <= one["high"]
    assert one["q"] <= 0.05
    assert one["submitters"] == one["count"]


def test_two_topics_are_told_apart() -> None:
    found = topics(spoken({"money": 60, "praise": 60}), as_of=NOW)
    assert found.height == 2
    first, second = ({*ids} for ids in found["ids"])
    assert not first & second


def test_what_is_not_kept_in_memory_is_calculated_again_and_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = spoken({"money": 26}, seed=31)
    kept = topics(rows, as_of=NOW)
    monkeypatch.setattr("seggwat_nb.analysis.topics._MOST_CELLS", 0)
    assert topics(rows, as_of=NOW).equals(kept)
    assert kept["q"].to_list() == [1 / 400]


def test_one_loud_person_is_no_topic() -> None:
    assert topics(spoken({"money": 60}), as_of=NOW).height == 1
    assert topics(spoken({"money": 60}, who="loud"), as_of=NOW).is_empty()


def test_two_selections_are_compared_too(story: pl.DataFrame) -> None:
    broken, before = (sw.FeedbackFilter(version=version) for version in (PLANTED.broken_release, "2.3.0"))
    found = topics(story, where=broken, against=before)
    of_items = story.filter(pl.col("id").is_in(found["ids"][0].to_list()))
    assert (of_items["path"] == PLANTED.broken_path).mean() > 0.8  # type: ignore[operator]
    assert found["first"].to_list() == [None] * found.height


# -- words and topics at one level --


def test_what_has_a_word_of_its_own_is_told_by_the_word_once(story: pl.DataFrame) -> None:
    found, words = rising(story, as_of=NOW), terms(story, as_of=NOW)
    assert found.select("kind", "term", "count").rows() == [(WORDS, "export", words["count"][0])]
    assert found["q"][0] == pytest.approx(2.5 * words["q"][0])  # 40% of the error is for words


def test_what_has_none_is_told_as_a_topic_and_suggested_with_the_words_of_most_of_it() -> None:
    patterns = []
    for seed in (31, 62):
        rows = spoken({"money": 26}, seed=seed)
        found = rising(rows, as_of=NOW)
        assert found["kind"].to_list() == [TOPIC]
        suggestion = sw.themes.suggest(rows, as_of=NOW)
        tagged = sw.themes.tag(rows.filter(pl.col("id").is_in(found["ids"][0].to_list())), suggestion)
        assert (tagged["theme"].list.len() > 0).mean() > 0.5  # type: ignore[operator]  # a number
        patterns.append(len(suggestion.themes[0].any))
    assert max(patterns) > 1


FINNISH = {
    "Haku Sovellus Sivu Kirjautuminen Kartta Asiakaspalvelu": (
        "on hidas", "ei toimi puhelimella", "toimii hienosti", "kaatuu usein", "on vaikea", "on kaunis",
    ),
    "": (
        "Laskun lataaminen ei onnistu", "En saa laskuja ladattua", "Laskuni puuttuu", "Missä laskut ovat?",
        "Laskua ei voi avata", "Laskujen lataus ei toimi",
    ),
}  # fmt: skip
"""What is usual of each thing, and what rises: the invoice, in six forms."""


def test_several_forms_of_a_word_are_one_finding() -> None:
    chance = np.random.default_rng(1)
    (things, usual), (_, invoices) = FINNISH.items()
    told = [f"{chance.choice(things.split())} {chance.choice(usual)}" for _ in range(900)]
    told += [str(chance.choice(invoices)) for _ in range(36)]
    days = np.concatenate([chance.uniform(0, DAYS, 900), chance.uniform(DAYS - RECENT, DAYS, 36)])
    moments = [NOW - timedelta(days=DAYS) + timedelta(days=float(day)) for day in days]
    rows = pl.DataFrame({"id": [str(place) for place in range(936)], "message": told, "created_at": moments})
    found = rising(rows, as_of=NOW)
    assert found["kind"].to_list() == [WORDS]
    assert len({*found["ids"][0]} & {str(place) for place in range(900, 936)}) >= 32
    assert found["count"][0] <= 40
    suggestion = sw.themes.suggest(rows, as_of=NOW)
    assert suggestion.themes[0].any == ("lasku*",)  # what nearly all forms have in common


PRINTING = (
    *("Printing cuts off the last page", "Printed invoices are blank", "The printer prints only half"),
    *("Cannot print landscape anymore", "Prints are too dark", "My printer is not found"),
)


def test_a_topic_of_which_a_word_tells_only_a_part_beside_another_word_is_told_whole() -> None:
    chance = np.random.default_rng(3)
    things, does = "Search Login Menu Map Profile Calendar".split(), ("is slow", "does not open", "works", "is hidden")  # noqa: SIM905
    told = [f"{chance.choice(things)} {chance.choice(does)}" for _ in range(900)]
    told += [PRINTING[n % 6] for n in range(36)]
    days = np.concatenate([chance.uniform(0, DAYS, 900), chance.uniform(DAYS - RECENT, DAYS, 36)])
    moments = [NOW - timedelta(days=DAYS) + timedelta(days=float(day)) for day in days]
    rows = pl.DataFrame({"id": [str(place) for place in range(936)], "message": told, "created_at": moments})
    found = rising(rows, as_of=NOW)
    mine = {str(place) for place in range(900, 936)}
    assert [len(mine.intersection(ids)) for ids in found["ids"]] == found["count"].to_list()  # and no others
    assert found["count"][0] >= 30
    assert found.height == 1


def test_what_no_word_shows_is_a_finding_with_a_filter_that_selects_its_items() -> None:
    for seed, number in ((31, 26), (5, 40)):
        rows = spoken({"money": number}, seed=seed)
        finding = sw.findings(rows, where=sw.FeedbackFilter(search="and OR Page"), as_of=NOW).row(0, named=True)
        assert (finding["kind"], finding["key"], finding["verdict"]) == ("theme", "topic", "rose")
        assert finding["value"] in finding["sentence"]
        assert finding["count"] == len(finding["ids"]) >= number * 0.8
        assert len(finding["quotes"]) == 3
        assert set(finding["quotes"]) <= set(rows["message"])
        where = sw.FeedbackFilter.from_dict(json.loads(finding["filter"]))
        selected = where.apply(rows)["id"]
        assert set(finding["ids"]) <= set(selected)
        assert selected.len() < 1.5 * finding["count"]
        assert where.search is not None
        assert where.search.startswith("and OR Page ")


def test_a_word_of_its_own_is_told_rather_than_its_topic_and_many_items_say_what_was_not_compared(
    story: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = sw.findings(story, as_of=NOW).row(0, named=True)
    assert (finding["key"], finding["value"]) == ("words", "export")
    for room in ("finding_checks", "finding_scope"):
        monkeypatch.setattr(f"seggwat_nb.analysis.{room}.MOST_COMPARED", 100)
    found = sw.findings(story, as_of=NOW)
    assert "Topics: more than 100 items" in " ".join(found.filter(verdict="not checked")["sentence"])
    assert found.row(0, named=True)["q"] == pytest.approx(terms(story, as_of=NOW)["q"][0] * 1.5)


def test_with_too_many_items_to_compare_words_have_the_whole_level(story: pl.DataFrame) -> None:
    words, alone = rising(story, as_of=NOW, most_compared=100), terms(story, as_of=NOW)
    assert words.select("term", "ids", "p", "low", "high").equals(alone.select("term", "ids", "p", "low", "high"))
    assert words["q"].to_list() == pytest.approx((alone["q"] * 1.5).to_list()), "a third is for half of the days"
    rows = spoken({"money": 26}, seed=31)
    assert rising(rows, as_of=NOW, most_compared=rows.height)["kind"].to_list() == [TOPIC]
    assert rising(rows, as_of=NOW, most_compared=rows.height // 2).filter(kind=TOPIC).is_empty()


def test_no_two_findings_are_mostly_of_the_same_items() -> None:
    for rows in (spoken({"money": 60, "praise": 60}), spoken({"money": 200, "speed": 90}, seed=5)):
        found = [{*ids} for ids in rising(rows, as_of=NOW)["ids"]]
        assert found
        assert all(2 * len(one & other) < max(len(one), len(other)) for one, other in combinations(found, 2))


def false_findings(story: pl.DataFrame, shuffles: int, way: Callable[..., pl.DataFrame]) -> int:
    dealt = (story.with_columns(story["created_at"].shuffle(seed=seed)) for seed in range(shuffles))
    return sum(way(one, as_of=NOW).height > 0 for one in dealt)


def test_shuffled_feedback_has_nothing_that_rises(story: pl.DataFrame) -> None:
    assert false_findings(story, 12, rising) <= 2


@pytest.mark.campaign
@pytest.mark.parametrize("way", [topics, rising])
def test_many_shuffles_have_no_more_than_the_level(story: pl.DataFrame, way: Callable[..., pl.DataFrame]) -> None:
    alarms = false_findings(story, 200, way)
    print(f"{alarms} of 200 shuffles")
    assert alarms <= 16


@pytest.mark.parametrize(
    "messages",
    [[], [None] * 300, [""] * 300, ["it is what it is"] * 300, ["This is broken"] * 5_000, ["A" * 4_000] * 300],
)
def test_where_nothing_differs_there_is_no_topic(messages: list[str | None]) -> None:
    rows = pl.DataFrame(
        {
            "id": pl.int_range(len(messages), eager=True).cast(pl.String),
            "message": pl.Series(messages, dtype=pl.String),
        }
    ).with_columns(created_at=pl.lit(NOW - timedelta(days=DAYS)) + pl.duration(days=pl.int_range(pl.len()) % DAYS))
    found = topics(rows, as_of=NOW)
    assert found.is_empty()
    assert found.schema == terms(rows, as_of=NOW).schema


def test_the_order_of_the_rows_makes_no_difference() -> None:
    rows = spoken({"money": 60})
    assert topics(rows.sample(fraction=1, shuffle=True, seed=1), as_of=NOW).equals(topics(rows, as_of=NOW))


@given(st.integers(2, 60), st.integers(2, 60), st.data())
@settings(max_examples=50)
def test_the_likelihood_ratio_is_that_of_two_binomial_rates(inside: int, outside: int, data: st.DataObject) -> None:
    one, other = data.draw(st.integers(0, inside)), data.draw(st.integers(0, outside))
    found = likelihood_ratio(
        np.array([float(one)]), np.array([float(inside)]), float(one + other), float(inside + outside)
    )[0]
    same = (one + other) / (inside + outside)

    def log_likelihood(rate: float, other_rate: float) -> float:
        return float(stats.binom.logpmf(one, inside, rate) + stats.binom.logpmf(other, outside, other_rate))

    expected = log_likelihood(one / inside, other / outside) - log_likelihood(same, same)
    assert found == pytest.approx(expected if one / inside > other / outside else 0.0, abs=1e-9)


def test_messages_without_a_common_word_are_similar_if_others_are_similar_to_both() -> None:
    texts = pl.Series(["refund missing", "missing payment", "payment late", "slow page", "page slow", "other words"])
    near = Similarity.of(find_terms(texts, min_count=2).has)
    of_first = near.smooth(np.eye(texts.len())[0])
    assert of_first[2] > 0
    assert of_first[3] == of_first[4] == 0


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ArgumentError, match="not both"):
        topics(spoken({}), days=28, against=sw.FeedbackFilter(type="Bug"))
    with pytest.raises(ArgumentError, match="no column message"):
        topics(pl.DataFrame({"id": ["a"], "created_at": [NOW]}))


SENTENCES = (
    *("The page loads slowly", "Search finds nothing", "Great app, thank you", "The calendar does not open"),
    *("My picture flickers", "The table is hard to read", "Video stops on my phone", "Mail arrives late"),
    *("The editor forgets text", "Colors are tiny"),
)


def with_invoices(seed: int) -> pl.DataFrame:
    """Feedback of two sentences each; in the last four weeks, two more items a day also mention an invoice."""
    chance = np.random.default_rng(seed)
    new = ["Invoice has the wrong address", "my invoice is missing", "please send an invoice"]
    said = [
        (day, " and ".join(chance.choice(list(SENTENCES), 2))) for day in range(196) for _ in range(chance.poisson(14))
    ]
    said += [
        (day, f"{chance.choice(new)} {' and '.join(chance.choice(list(SENTENCES), 2)).lower()}")
        for day in range(168, 196)
        for _ in range(chance.poisson(2))
    ]
    return pl.DataFrame(
        {
            "id": [f"i{place}" for place in range(len(said))],
            "message": [message for _, message in said],
            "created_at": [NOW + timedelta(days=day - DAYS, hours=-1) for day, _ in said],
        }
    )


def test_a_new_word_within_usual_messages_is_told_in_place_of_a_topic_that_it_explains() -> None:
    rows = with_invoices(1)
    assert topics(rows, as_of=NOW).height == 1
    assert rising(rows, as_of=NOW).select("kind", "term").rows() == [("words", "invoice")]


def test_a_topic_is_named_by_words_that_rose() -> None:
    rows = with_invoices(3)
    messages, is_recent = rows["message"].str.to_lowercase(), rows["created_at"] > NOW - timedelta(days=RECENT)
    (named,) = ([row["term"], *row["terms"]] for row in topics(rows, as_of=NOW).to_dicts())
    for word in named:
        has = messages.str.contains(word)
        assert has.filter(is_recent).mean() > 1.1 * has.filter(~is_recent).mean()  # type: ignore[operator]  # of flags


THINGS = (
    *("doctor", "appointment", "result", "prescription", "chat", "insurance", "form", "letter", "calendar", "reminder"),
    *("nurse", "lab", "blood", "test", "video", "call", "file", "upload", "symptom", "dose", "clinic", "desk"),
    *("invoice", "code", "number"),
)
HOW = ("late", "early", "helpful", "unclear", "friendly", "blank", "double", "missing", "quick", "painful")
DOES = ("arrives", "vanishes", "loads", "sends", "repeats", "blocks", "accepts", "rejects", "prints", "saves")


@pytest.mark.parametrize("seed", [5, 8])
def test_a_burst_of_similar_messages_is_no_reason_to_name_others(seed: int) -> None:
    chance = np.random.default_rng(seed)
    days = [*np.repeat(np.arange(DAYS), chance.poisson(13, DAYS)), *[DAYS - 10] * 70]

    def sentence() -> str:
        return f"the {chance.choice(HOW)} {chance.choice(THINGS)} {chance.choice(DOES)} my {chance.choice(THINGS)}"

    said = [". ".join(sentence() for _ in range(chance.integers(1, 4))) for _ in days]
    said = [*said[:-70], *(f"{one} gateway down" for one in said[-70:])]
    start = NOW.replace(hour=9) - timedelta(days=DAYS)
    created = [start + timedelta(days=int(day)) for day in days]
    rows = pl.DataFrame({"id": [str(n) for n in range(len(days))], "message": said, "created_at": created})
    assert topics(rows, days=RECENT, as_of=NOW)["term"].to_list() == []


def test_of_alike_messages_a_topic_has_all_or_none_however_many_they_are() -> None:
    options = ["Too expensive", "Missing a feature", "Technical problems", "Not using it enough"]
    end = NOW.replace(hour=0)
    for seed in range(3):
        chance = np.random.default_rng(seed)
        days = np.sort(chance.uniform(0, DAYS, 700))
        late = days > DAYS - 28
        said = [
            str(chance.choice(options, p=[0.64, 0.12, 0.12, 0.12] if new else [0.28, 0.24, 0.24, 0.24])) for new in late
        ]
        rows = pl.DataFrame(
            {
                "id": [f"i{n}" for n in range(700)],
                "message": said,
                "created_at": [end - timedelta(days=DAYS - float(day)) for day in days],
            },
            schema_overrides={"created_at": pl.Datetime("us", "UTC")},
        )
        (found,) = topics(rows, as_of=end).to_dicts()
        alike = rows.filter(message="Too expensive")
        assert found["count"] == alike.filter(pl.col("created_at").dt.date() >= found["first"]).height
        assert found["count"] + found["baseline_count"] == alike.height
