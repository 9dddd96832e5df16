"""The language of a message, in the words of feedback, and never a guess that is as good as chance."""

from __future__ import annotations

import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb.errors import ArgumentError
from tests.panel_page import PanelPage
from tests.stub_client import StubClient, item

SENTENCES = {
    "ar": ["يتوقف التصدير عند 5000 صف", "لا أستطيع تسجيل الدخول إلى حسابي"],
    "de": ["Der Export bricht nach 5000 Zeilen ab.", "Ich kann mich seit dem Update nicht mehr anmelden"],
    "en": ["The export stops at 5,000 rows", "I cannot log in since the last update"],
    "es": ["La exportación se detiene en 5000 filas", "No puedo iniciar sesión desde la actualización"],
    "fr": ["L'export s'arrête après 5000 lignes", "Impossible de se connecter depuis la mise à jour"],
    "hi": ["निर्यात 5000 पंक्तियों पर रुक जाता है", "अपडेट के बाद लॉगिन नहीं हो रहा है"],
    "id": ["Saya tidak bisa masuk sejak pembaruan", "Tolong tambahkan mode gelap untuk malam hari"],
    "ja": ["エクスポートが5000行で止まります", "アップデート後にログインできない"],
    "ko": ["내보내기가 5000행에서 멈춥니다", "업데이트 후 로그인이 안 됩니다"],
    "pl": ["Eksport zatrzymuje się po 5000 wierszy", "Nie mogę się zalogować po aktualizacji"],
    "ru": ["Экспорт останавливается на 5000 строках", "Не могу войти после обновления"],
    "tr": ["Dışa aktarma 5000 satırda duruyor", "Güncellemeden sonra giriş yapamıyorum"],
    "zh": ["导出在5000行停止", "更新后无法登录我的账户"],
}


def test_sentences_have_their_language() -> None:
    rows = [(code, text) for code, texts in SENTENCES.items() for text in texts]
    frame = pl.DataFrame(rows, schema=["true", "message"], orient="row")
    found = sw.themes.language(frame)
    wrong = found.filter(pl.col("language") != pl.col("true"))
    assert wrong.height <= 1, wrong.rows()
    assert found["language"].to_list() == sw.themes.language(frame.reverse())["language"].reverse().to_list()


DIALECTS = {
    "Set an alarm for 8am daily": "en",
    "Show all alarms": "en",
    "كيف هو الطقس اليوم؟": "ar",
    "أضف تذكير لعيد ميلاد ماكس": "ar",
}


def test_a_language_has_two_letters_even_if_a_dialect_is_nearer() -> None:
    """py3langid takes the first two for Nigerian Pidgin, and the others for Egyptian and Moroccan Arabic."""
    texts = [*DIALECTS]
    assert sw.themes.language(pl.DataFrame({"message": texts}))["language"].to_list() == [*DIALECTS.values()]


MAIL = "\n\nOn 3 May 2026, Support <help@example.com> wrote:\n> We are looking into this and will get back to you soon."


@pytest.mark.parametrize(
    "written", ["😡😡 {} 👎", "{} https://app.example.com/settings/profile", "<p>{}</p>", "{}!!!!!", f"{{}}{MAIL}"]
)
def test_what_is_in_no_language_or_by_others_changes_no_guess(written: str) -> None:
    texts = [text for one in SENTENCES.values() for text in one]
    said = [texts, [written.replace("{}", text) for text in texts]]
    plain, more = (sw.themes.language(pl.DataFrame({"message": one}))["language"].to_list() for one in said)
    assert more == plain


@pytest.mark.parametrize("text", ["ana mesh 3aref adfa3", "good", "ok", "login", "asdfgh", "x" * 4_000, "v2.4.0"])
def test_what_cannot_be_told_is_unsure(text: str) -> None:
    assert sw.themes.language(pl.DataFrame({"message": [text]}))["language"].to_list() == ["unsure"]


@pytest.mark.parametrize("text", [None, "", " ", "👍👍", "12345", "!!!"])
def test_what_has_no_letter_has_no_language(text: str | None) -> None:
    found = sw.themes.language(pl.DataFrame({"message": [text]}, schema={"message": pl.String}))
    assert found["language"].to_list() == [None]


def test_a_dataset_keeps_its_context_and_counts_by_language() -> None:
    data = StubClient(items=[item(1, message="Der Export bricht ab."), item(2, message="ok")]).load()
    told = sw.themes.language(data)
    assert set(sw.trends.volume(told, by="language")["language"]) == {"de", "unsure"}
    assert told.sources == data.sources
    german = sw.FeedbackFilter(language="de")
    assert german.apply(told.feedback)["id"].to_list() == ["item-1"]
    with pytest.raises(ArgumentError, match=r"sw\.themes\.language"):
        german.apply(data.feedback)
    with pytest.raises(ArgumentError, match="message"):
        sw.themes.language(pl.DataFrame({"id": ["a"]}))


def test_the_explorer_has_a_facet_of_languages() -> None:
    data = StubClient(
        items=[item(1, message="Der Export bricht ab."), item(2, message="ok"), item(3, message="👍")]
    ).load()
    assert "language" not in {one["name"] for one in PanelPage(sw.Explorer(data)).setup["facets"]}
    panel = sw.Explorer(sw.themes.language(data))
    page = PanelPage(panel)
    assert page.counts("language") == {"de": 1, "unsure": 1, None: 1}
    page.do("choose", part="language", value="unsure", how="not")
    assert panel.filter == sw.FeedbackFilter(not_language="unsure")
    assert panel.selected.height == 2
