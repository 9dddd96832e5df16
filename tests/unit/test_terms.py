"""Words that changed are found in every script, with the people behind them, and nothing is found where nothing is."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import seggwat_nb as sw
from seggwat_nb.analysis.common_terms import common_terms
from seggwat_nb.analysis.naming import in_use
from seggwat_nb.analysis.rising import rising
from seggwat_nb.analysis.terms import terms
from seggwat_nb.analysis.tokens import find_terms
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import PLANTED, shop_feedback
from seggwat_nb.errors import ArgumentError
from seggwat_nb.source.frames import feedback_frame

END = datetime(2026, 11, 18, tzinfo=UTC)
FIRST = END - timedelta(days=196)


def spoken(usual: list[str], new: list[str], *, a_day: int = 4, who: list[str | None] | None = None) -> pl.DataFrame:
    """Feedback of 28 weeks; in the last four, one new line a day comes on top of the usual ones."""
    said = [(day, usual[(day * a_day + n) % len(usual)]) for day in range(196) for n in range(a_day)]
    said += [(day, new[day % len(new)]) for day in range(168, 196)]
    people = who or [None]
    return pl.DataFrame(
        {
            "id": [f"i{place}" for place in range(len(said))],
            "message": [message for _, message in said],
            "created_at": [FIRST + timedelta(days=day, hours=9) for day, _ in said],
            "submitted_by": [people[place % len(people)] for place in range(len(said))],
        },
        schema_overrides={"submitted_by": pl.String},
    )


ENGLISH = ["The page loads slowly.", "I can't change my password.", "Search finds nothing.", "Great app, thank you!"]
LANGUAGES = {
    "German": (
        ["Die Seite lädt sehr langsam.", "Ich kann mein Passwort nicht ändern.", "Die Suche findet nichts. Danke!"],
        ["Die Rechnung kommt nicht an.", "Auf der Rechnung steht ein falscher Betrag.", "Wo ist meine Rechnung?"],
        "rechnung",
    ),
    "French": (
        ["La page est très lente.", "Je ne peux pas changer mon mot de passe.", "La recherche ne trouve rien, merci."],
        ["Impossible d'ouvrir la facture.", "Le montant de l'ancienne facture est faux.", "Où est ma facture ?"],
        "facture",
    ),
    "Spanish": (
        ["La página carga muy despacio.", "No puedo cambiar mi contraseña.", "La búsqueda no encuentra nada."],
        ["No me llega la factura.", "El importe de la factura está mal.", "¿Dónde está mi factura?"],
        "factura",
    ),
    "Polish": (
        ["Strona ładuje się bardzo wolno.", "Nie mogę zmienić hasła.", "Wyszukiwarka niczego nie znajduje."],
        ["Faktura jest błędna.", "Gdzie jest moja faktura?", "Na stronie jest zła faktura."],
        "faktura",
    ),
    "Turkish": (
        ["Sayfa çok yavaş açılıyor.", "Şifremi değiştiremiyorum.", "Arama hiçbir şey bulmuyor."],
        ["FATURA gelmedi.", "Fatura tutarı yanlış.", "Benim fatura nerede?"],
        "fatura",
    ),
    "Indonesian": (
        ["Halaman ini sangat lambat.", "Saya tidak bisa mengganti sandi.", "Pencarian tidak menemukan apa-apa."],
        ["Tagihan saya salah.", "Di mana tagihan saya?", "Jumlah tagihan tidak benar."],
        "tagihan",
    ),
    "Arabic": (
        ["الصفحة بطيئة جدا.", "لا أستطيع تغيير كلمة المرور.", "البحث لا يجد شيئا."],
        ["الفاتورة لم تصل.", "مبلغ الفاتورة غير صحيح.", "أين الفاتورة؟"],
        "الفاتورة",
    ),
    "Hindi": (
        ["पेज बहुत धीरे खुलता है।", "मैं पासवर्ड नहीं बदल सकता।", "खोज में कुछ नहीं मिलता।"],
        ["चालान नहीं आया।", "चालान की रकम गलत है।", "मेरा चालान कहाँ है?"],
        "चालान",
    ),
    "Japanese": (
        ["ページの表示がとても遅いです。", "パスワードを変更できません。", "検索しても何も出ません。"],
        ["請求書がダウンロードできません。", "請求書の金額が違います。", "先月の請求書はどこですか。"],
        "請求書",
    ),
    "Chinese": (
        ["页面加载很慢。", "我改不了密码。", "搜索不到任何东西。"],
        ["发票下载失败。", "发票金额不对。", "请问发票在哪里？"],
        "发票",
    ),
    "Korean": (
        ["페이지가 너무 느려요.", "비밀번호를 바꿀 수 없어요.", "검색이 안 됩니다."],
        ["영수증이 오지 않아요.", "영수증 금액이 틀려요.", "제 영수증은 어디에 있나요?"],
        "영수증",
    ),
    "Thai": (
        ["หน้าเว็บโหลดช้ามาก", "เปลี่ยนรหัสผ่านไม่ได้", "ค้นหาแล้วไม่พบอะไรเลย"],
        ["ไม่ได้รับใบเสร็จ", "ใบเสร็จยอดผิด", "ขอใบเสร็จใหม่"],
        "ใบเสร็จ",
    ),
    "Russian": (
        ["Страница очень долго загружается.", "Не могу сменить пароль.", "Поиск ничего не находит."],
        ["Счет не пришел.", "Старый счет с неверной суммой.", "Где мой счет?"],
        "счет",
    ),
    "Hebrew": (
        ["הדף נטען לאט מאוד.", "אני לא מצליח לשנות סיסמה.", "החיפוש לא מוצא כלום."],
        ["חשבונית לא הגיעה.", "סכום חשבונית שגוי.", "איפה חשבונית שלי?"],
        "חשבונית",
    ),
    "Vietnamese": (
        ["Trang tải rất chậm.", "Tôi không thể đổi mật khẩu.", "Tìm kiếm không ra gì cả."],
        ["Hóa đơn bị sai.", "Tôi không nhận được hóa đơn.", "Số tiền trên hóa đơn không đúng."],
        "hóa đơn",
    ),
    "Greek": (
        ["Η σελίδα ανοίγει πολύ αργά.", "Δεν μπορώ να αλλάξω κωδικό.", "Η αναζήτηση δεν βρίσκει τίποτα."],
        ["Οι ειδοποιήσεις δεν έρχονται.", "Πού είναι οι ειδοποιήσεις μου;", "ΟΙ ΕΙΔΟΠΟΙΗΣΕΙΣ, ειδοποιήσεις διπλές."],
        "ειδοποιήσεις",
    ),
    "Finnish": (
        ["Sivu latautuu todella hitaasti.", "En voi vaihtaa salasanaa.", "Haku ei löydä mitään."],
        ["Lasku on väärin.", "Missä lasku on?", "Uusi lasku puuttuu."],
        "lasku",
    ),
    "Bengali": (
        ["পাতা খুব ধীরে খোলে।", "আমি পাসওয়ার্ড বদলাতে পারছি না।", "অনুসন্ধানে কিছুই মেলে না।"],
        ["চালান আসেনি।", "চালান ভুল হয়েছে।", "আমার চালান কোথায়?"],
        "চালান",
    ),
    "Swahili": (
        ["Ukurasa unafunguka polepole sana.", "Siwezi kubadilisha nywila yangu.", "Utafutaji hauoni chochote."],
        ["Ankara haijafika.", "Kiasi cha ankara si sahihi.", "Iko wapi ankara yangu?"],
        "ankara",
    ),
    "Persian, with joiners": (
        [
            "صفحه خیلی کند باز می\N{ZERO WIDTH NON-JOINER}شود.",
            "نمی\N{ZERO WIDTH NON-JOINER}توانم رمز عبورم را عوض کنم.",
            "جستجو چیزی پیدا نمی\N{ZERO WIDTH NON-JOINER}کند.",
        ],
        [
            "پیام\N{ZERO WIDTH NON-JOINER}هایم حذف شده.",
            "چرا پيام\N{ZERO WIDTH NON-JOINER}هایم نیست؟",
            "همه پیام\N{ZERO WIDTH NON-JOINER}هایم را پاک کرده.",
        ],
        "پیام\N{ZERO WIDTH NON-JOINER}هایم",
    ),
    "Ukrainian, with apostrophes": (
        ["Сторінка дуже довго завантажується.", "Не можу змінити пароль.", "Пошук нічого не знаходить."],
        ["Зв’язок обірвався.", "Немає зв'язок з сервером.", "Поганий зв’язок."],
        "зв'язок",
    ),
    "Russian, with and without dots": (
        ["Страница очень долго загружается.", "Не могу сменить пароль.", "Поиск ничего не находит."],
        ["Счёт не пришел.", "Старый счет с неверной суммой.", "Где мой счёт?"],
        "счёт",
    ),
    "Greek, in capitals": (
        ["Η σελίδα ανοίγει πολύ αργά.", "Δεν μπορώ να αλλάξω κωδικό.", "Η αναζήτηση δεν βρίσκει τίποτα."],
        ["Οι ειδοποιήσεις δεν έρχονται.", "Πού είναι οι ειδοποιήσεις μου;", "ΟΙ ΕΙΔΟΠΟΙΗΣΕΙΣ ΕΙΝΑΙ ΔΙΠΛΕΣ"],
        "ειδοποιήσεις",
    ),
    "Hebrew, with a geresh": (
        ["הדף נטען לאט מאוד.", "אני לא מצליח לשנות סיסמה.", "החיפוש לא מוצא כלום."],
        ["צ'אט לא נפתח.", "איפה צ׳אט התמיכה?", "צ'אט נסגר באמצע."],
        "צ'אט",
    ),
    "Czech": (
        ["Stránka se načítá velmi pomalu.", "Nemůžu změnit heslo.", "Vyhledávání nic nenajde."],
        ["Faktura nepřišla.", "Kde je moje faktura?", "Špatná faktura za březen."],
        "faktura",
    ),
    "Tamil": (
        ["பக்கம் மிகவும் மெதுவாக திறக்கிறது.", "கடவுச்சொல்லை மாற்ற முடியவில்லை.", "தேடல் எதையும் காட்டவில்லை."],
        ["ரசீது வரவில்லை.", "என் ரசீது எங்கே?", "ரசீது தொகை தவறு."],
        "ரசீது",
    ),
    "Georgian": (
        ["გვერდი ძალიან ნელა იტვირთება.", "პაროლს ვერ ვცვლი.", "ძიება ვერაფერს პოულობს."],
        ["ინვოისი არ მოვიდა.", "სად არის ჩემი ინვოისი?", "ინვოისი არასწორია."],
        "ინვოისი",
    ),
    "Amharic": (
        ["ገጹ በጣም ቀስ ብሎ ይከፈታል።", "የይለፍ ቃሌን መቀየር አልቻልኩም።", "ፍለጋው ምንም አያገኝም።"],
        ["ደረሰኝ አልመጣም።", "ደረሰኝ የት ነው?", "የተሳሳተ ደረሰኝ ነው።"],
        "ደረሰኝ",
    ),
    "Armenian, with marks in words": (
        ["Էջը շատ դանդաղ է բացվում։", "Չեմ կարող փոխել գաղտնաբառը։", "Որոնումը ոչինչ չի գտնում։"],
        ["Հաշիվը չի եկել։", "Ո՞ւր է իմ հաշիվը։", "Սխալ է հաշի՛վը։"],
        "հաշիվը",
    ),
    "Khmer": (
        ["ទំព័រដើរយឺតណាស់", "ខ្ញុំមិនអាចប្តូរពាក្យសម្ងាត់បានទេ", "ការស្វែងរករកមិនឃើញអ្វីទេ"],
        ["វិក្កយបត្រមិនបានមកដល់ទេ", "វិក្កយបត្រខុស", "សុំវិក្កយបត្រថ្មី"],
        "វិក្កយបត្រ",
    ),
    "Burmese": (
        ["စာမျက်နှာ အရမ်းနှေးတယ်", "စကားဝှက် ပြောင်းလို့မရဘူး", "ရှာဖွေမှု ဘာမှမတွေ့ဘူး"],
        ["ပြေစာ မရောက်ဘူး", "ပြေစာ မှားနေတယ်", "ကျွန်တော့် ပြေစာ ဘယ်မှာလဲ"],
        "ပြေစာ",
    ),
    "several languages": (
        ["The page loads slowly.", "Seite lädt langsam", "página lenta", "ページが遅い", "页面很慢"],
        ["checkout kaputt", "El checkout no funciona", "Checkout が壊れた"],
        "checkout",
    ),
    "emoji": (["👍", "😀😀", "❤️", "🔥🔥🔥"], ["💸💸", "💸", "😡💸"], "💸"),
    "stack traces": (
        ["TypeError: cannot read property 'x' of undefined at app.js:12:5", 'File "a.py", line 3: KeyError: id'],
        ["Error: ECONNRESET at TLSSocket.onread (net.js:612:25)", "read ECONNRESET at TCP.onStreamRead"],
        "econnreset",
    ),
    "log lines": (
        ["2026-03-01T10:00:00Z INFO worker-3 started id=3f2a9c1b", "[error] 500 GET /api/v1/items 12ms"],
        ["ERROR disk_quota_exceeded node=7", "disk_quota_exceeded again on /var"],
        "disk_quota_exceeded",
    ),
    "an ending in Hiragana": (
        ["ページの表示がとても遅いです。", "パスワードを変更できません。", "検索しても何も出ません。"],
        ["お問い合わせの返事がない。", "お問い合わせはどこですか。", "お問い合わせフォームが開けません。"],
        "お問い合わせ",
    ),
    "a particle after each": (
        ["ページの表示がとても遅いです。", "パスワードを変更できません。", "検索しても何も出ません。"],
        ["通知が遅れて届きます。", "最近、通知がまったく来ません。", "同じ通知が二回送られてきます。"],
        "通知",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_term_of_a_language_is_a_word_of_it(language: str) -> None:
    usual, new, word = LANGUAGES[language]
    found = terms(spoken(usual, new), as_of=END)
    assert found["term"][0] == word
    assert found["count"][0] == 28
    assert found["baseline_count"][0] == 0
    apart = (unicodedata.normalize("NFD", "\n".join(texts)).split("\n") for texts in (usual, new))
    assert terms(spoken(*apart), as_of=END).drop("examples").equals(found.drop("examples"))
    assert sw.FeedbackFilter(text=word).apply(pl.DataFrame({"message": found["examples"][0]})).height == len(new)


def test_languages_side_by_side_do_not_hide_each_others_words() -> None:
    both = [*ENGLISH, *LANGUAGES["German"][0]]
    found = terms(spoken(both, ["Every laptop of ours will die with this.", "My phones die after that."]), as_of=END)
    assert "die" in {found["term"][0], *found["terms"][0]}


# -- how texts are cut --


def named(*messages: str | None, min_count: int = 1) -> list[str]:
    return find_terms(pl.Series(messages, dtype=pl.String), min_count=min_count).names.to_list()


def test_marks_stay_within_words() -> None:
    assert named("चालान") == ["चालान"]
    assert named("مُحَمَّد", "محمد") == ["محمد"]
    assert named("Noe\N{COMBINING DIAERESIS}l", "NO\N{LATIN CAPITAL LETTER E WITH DIAERESIS}L") == ["noël"]


def test_addresses_numbers_and_junk_are_no_terms() -> None:
    junk = "https://a.example/pricing?x=payment www.b.example/y jo.doe+tag@mail.example 404 2.4 a x9f3bc77120aa55e1"
    assert named(junk, "Ä" * 4_000, "=-=-= !!! ---", "", None, "\N{ZERO WIDTH SPACE}") == []


@pytest.mark.parametrize(
    "time", ["10:30pm", "2026-05-12T10:11:05Z", "2026-05-12t10:11:05.123+02:00", "20260512T101105Z"]
)
def test_no_part_of_a_time_is_a_term(time: str) -> None:
    assert named(f"Stopped at {time}, crash", f"[{time}] stopped", f"crash:{time}") == ["crash", "stopped"]


def test_an_ethiopic_wordspace_is_a_space_and_two_of_them_end_a_sentence() -> None:
    assert {"የይለፍ ቃል"} <= {*named("የይለፍ፡ቃል", "የይለፍ ቃል")}
    assert "የይለፍ ቃል" not in named("የይለፍ፡፡ቃል")


def test_a_word_is_shown_as_people_use_it_and_not_as_what_its_forms_have_in_common() -> None:
    pairs = ["واقع", "واقعیت", "شخص", "شخصیت", "وضع", "وضعیت", "مسئول", "مسئولیت"]  # whose ending takes turns
    said = [f"{word} را دیدم" for word in [*pairs * 3, "کیف", *["کیفیت"] * 12]]  # a bag, and quality
    found = terms(spoken(said, [f"کیفیت {word} بد" for word in ("غذا", "برنج", "نان", "مرغ")]))
    assert all(term.startswith("کیفیت ") for term in found["term"])
    assert found.height == 4
    forms = pl.Series(["laskusta", "laskuun", "laskulla", "laskuille", "laskusta taas", "lasku", "laskuja"])
    assert in_use(["lasku"], forms, find_terms(forms).forms) == ["lasku"]


def test_a_phrase_reaches_over_no_stop_word_and_no_punctuation() -> None:
    messages = ("I have a dark mode", "there is a mode: dark", "it has the mode of the dark")
    assert named(*messages) == ["dark", "dark mode", "mode"]


def test_apostrophes_part_what_is_elided_and_no_negation() -> None:
    assert named("L’application de l'utilisateur") == ["application", "utilisateur"]
    assert named("The user's login doesn't work") == ["login", "user", "user login", "work"]


def test_endings_of_korean_are_no_terms_and_the_second_half_of_a_compound_is() -> None:
    stems = ("로그인하", "빠르", "느리", "결제되", "보내", "찾", "취소하", "열", "닫")
    texts = [
        f"{stem}{ending} 개인정보{particle}"
        for stem in stems
        for ending in ("는데", "지만")
        for particle in ("가", "는")
    ]
    found = named(*texts)
    assert {"로그", "결제", "취소", "개인", "정보"} <= set(found)
    assert not {"는데", "지만"} & set(found)
    few = [text for text in texts if text.startswith(stems[:4])]
    assert {"는데", "지만"} <= set(named(*few))  # after four syllables, each may still be a part of some word


def test_katakana_counts_as_the_words_it_consists_of_if_they_occur_by_themselves() -> None:
    texts = [
        "ログインできない",
        "ログインエラー",
        "エラーが出る",
        "ユーザー画面",
        "ユーザの名前",
        "オンライン",
        "オンスト",
    ]
    found = find_terms(pl.Series(texts))
    held = {name: found.has[:, place].toarray().ravel().tolist() for place, name in enumerate(found.names)}
    assert held["ログイン"][:3] == [1, 1, 0]
    assert held["エラー"][:3] == [0, 1, 1]
    assert held["ユーザ"][3:5] == [1, 1]
    assert not {"オン", "ライン", "ユーザー"} & set(held)  # nobody writes the first two by themselves


def test_short_endings_make_no_other_word_where_both_are_frequent() -> None:
    found = find_terms(pl.Series(["export failed", "exports fail", "Export!", "exporter"]), min_count=1)
    assert dict(zip(found.names, found.has.sum(axis=0).tolist(), strict=True))["export"] == 4
    assert named("card", "cards", "cards", min_count=2) == ["cards"]
    assert named("form", "format", "informal") == ["form", "format", "informal"]
    assert named("ever", "every", "plan", "plant", "plans") == ["ever", "every", "plan", "plant"]


def test_a_term_counts_once_a_text_and_equal_texts_count_each() -> None:
    found = find_terms(pl.Series(["slow slow slow", "slow", "slow"]))
    assert found.has[:, found.names.to_list().index("slow")].toarray().tolist() == [1, 1, 1]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(max_size=40), max_size=12))
def test_terms_are_the_same_in_any_order_and_form(texts: list[str]) -> None:
    found = find_terms(pl.Series(texts, dtype=pl.String))
    assert found.names.to_list() == sorted(set(found.names))
    assert found.has.shape == (len(texts), found.names.len())
    backwards = find_terms(pl.Series(texts[::-1], dtype=pl.String))
    assert backwards.names.equals(found.names)
    assert (backwards.has.toarray()[::-1] == found.has.toarray()).all()
    decomposed = find_terms(pl.Series([unicodedata.normalize("NFD", text) for text in texts], dtype=pl.String))
    assert decomposed.names.equals(found.names)


# -- what is found --


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    end = datetime(2026, 11, 18, 15, tzinfo=UTC)
    return feedback_frame([shop_feedback(seed=SEED, end=end, project_id="p")], project_id="p").frame


NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)


def test_the_request_that_grows_in_the_demo_is_among_the_first(story: pl.DataFrame) -> None:
    found = terms(story, as_of=NOW).head(3)
    planted = story.filter(pl.col("path") == PLANTED.growing_path, pl.col("created_at") >= NOW - timedelta(days=28.625))
    asked = {*planted["id"]}
    named = {one for ids in found["ids"] for one in ids}
    assert len(named & asked) >= 0.9 * len(asked)


def test_the_broken_release_of_the_demo_names_payment(story: pl.DataFrame) -> None:
    one, other = (sw.FeedbackFilter(version=version) for version in (PLANTED.broken_release, "2.3.0"))
    found = terms(story, where=one, against=other)
    assert "payment" in {found["term"][0], *found["terms"][0]}
    of_items = story.filter(pl.col("id").is_in(found["ids"][0].to_list()))
    assert (of_items["path"] == PLANTED.broken_path).mean() > 0.8  # type: ignore[operator]


def false_findings(story: pl.DataFrame, shuffles: int) -> int:
    alarms = 0
    for seed in range(shuffles):
        dealt = story.with_columns(story["created_at"].sample(fraction=1, shuffle=True, seed=seed))
        alarms += terms(dealt, as_of=NOW).height > 0
    return alarms


def test_shuffled_feedback_names_nothing(story: pl.DataFrame) -> None:
    assert false_findings(story, 20) <= 3


@pytest.mark.campaign
def test_many_shuffles_name_nothing_beyond_the_level(story: pl.DataFrame) -> None:
    alarms = false_findings(story, 200)
    print(f"{alarms} of 200 shuffles")
    assert alarms <= 16


def test_one_loud_person_is_no_finding() -> None:
    usual = spoken(ENGLISH, ["The page loads slowly."], who=[f"u{n}" for n in range(50)])
    loud = pl.DataFrame(
        {
            "id": [f"loud{n}" for n in range(40)],
            "message": [f"Please refund me, {n % 3}!" for n in range(40)],
            "created_at": [END - timedelta(days=1 + n % 20) for n in range(40)],
            "submitted_by": ["loud"] * 40,
        }
    )
    both = pl.concat([usual, loud])
    assert terms(both, as_of=END).filter(pl.col("term").str.contains("refund")).is_empty()
    many = both.with_columns(submitted_by=pl.col("id"))
    found = terms(many, as_of=END).filter(pl.col("term").str.contains("refund"))
    assert found["submitters"].to_list() == [40]


def test_a_finding_carries_its_items_and_people() -> None:
    rows = spoken(
        ENGLISH, ["The invoice is wrong.", "Wrong invoice again"], who=["ann", "bob", None, "eve", "joe", None, None]
    )
    found = terms(rows, as_of=END)
    first = found.row(0, named=True)
    assert first["term"] == "invoice"
    assert "wrong" in first["terms"]
    with_it = rows.filter(pl.col("message").str.contains("(?i)invoice"))
    assert first["count"] == len(first["ids"]) == with_it.height
    assert first["n"] == 28 * 5
    assert first["share"] == with_it.height / (28 * 5)
    unsigned = with_it["submitted_by"].null_count()
    assert first["submitters"] == with_it["submitted_by"].drop_nulls().n_unique() + unsigned
    assert first["low"] <= first["ratio"] <= first["high"]
    assert {*first["examples"]} == {"The invoice is wrong.", "Wrong invoice again"}
    assert (first["first"], first["last"]) == ((END - timedelta(days=28)).date(), (END - timedelta(days=1)).date())


def test_a_word_that_vanishes_is_named_the_other_way_round() -> None:
    rows = spoken(ENGLISH, [*ENGLISH, "The invoice is wrong."][:1])
    middle = FIRST + timedelta(days=98)
    gone = rows.with_columns(
        message=pl.when((pl.col("created_at") < middle) & (pl.int_range(pl.len()) % 3 == 0))
        .then(pl.lit("The invoice is wrong."))
        .otherwise("message")
    )
    early, late = sw.FeedbackFilter(until=middle), sw.FeedbackFilter(since=middle)
    assert terms(gone, where=early, against=late)["term"].to_list() == ["invoice"]
    assert "invoice" not in terms(gone, where=late, against=early)["term"].to_list()


@pytest.mark.parametrize("at_once", [1, 7, 1_000])
def test_terms_that_are_tested_some_at_a_time_are_those_tested_together(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, new, _ = LANGUAGES["French"]
    rows = spoken(usual, new)
    middle = (FIRST + timedelta(days=168)).date()
    against: dict[str, Any] = {"where": sw.FeedbackFilter(since=middle), "against": sw.FeedbackFilter(until=middle)}
    together = [terms(rows), terms(rows, **against)]
    monkeypatch.setattr("seggwat_nb.analysis.terms._AT_ONCE", at_once)
    for found, expected in zip([terms(rows), terms(rows, **against)], together, strict=True):
        assert_frame_equal(found, expected)
    assert all(found.height for found in together)


def test_churn_is_read_apart() -> None:
    rows = spoken(ENGLISH, ["Too expensive for me."]).with_columns(
        source=pl.when(pl.col("message").str.contains("expensive")).then(pl.lit("Stripe")).otherwise(pl.lit("Widget"))
    )
    assert "expensive" not in terms(rows, as_of=END)["term"].to_list()
    assert "expensive" in str(terms(rows, as_of=END, include_churn=True)["term"].to_list())


NOTHING: dict[str, list[str | None]] = {
    "no messages": [],
    "nulls": [None] * 300,
    "empty": [""] * 300,
    "stop words only": ["it is what it is", "and so we do"] * 150,
    "equal": ["This is broken again"] * 100_000,
    "one long word": ["A" * 4_000] * 300,
    "punctuation": ["?!"] * 300,
}


@pytest.mark.parametrize("kind", NOTHING)
def test_hostile_text_gives_an_empty_frame_of_the_same_columns(kind: str) -> None:
    messages = NOTHING[kind]
    rows = pl.DataFrame(
        {
            "id": pl.int_range(len(messages), eager=True).cast(pl.String),
            "message": pl.Series(messages, dtype=pl.String),
        }
    ).with_columns(created_at=pl.lit(FIRST) + pl.duration(days=pl.int_range(pl.len()) % 196))
    full = terms(spoken(ENGLISH, LANGUAGES["German"][1]), as_of=END)
    for found in (terms(rows, as_of=END), terms(rows, where=_Half(0), against=_Half(1))):
        assert found.is_empty()
        assert found.schema == full.schema


class _Half:
    """Every other row."""

    moments = (None, None)

    def __init__(self, rest: int) -> None:
        self.rest = rest

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.int_range(pl.len()) % 2 == self.rest)


def test_the_same_data_gives_the_same_bytes() -> None:
    rows = spoken([*ENGLISH, *LANGUAGES["Japanese"][0]], [*LANGUAGES["German"][1], *LANGUAGES["Japanese"][1]])
    found = terms(rows, as_of=END)
    assert found.height >= 2
    assert terms(rows, as_of=END).equals(found)
    assert terms(rows.sample(fraction=1, shuffle=True, seed=1), as_of=END).equals(found)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"days": 10}, "multiple of 7"),
        ({"days": 28, "against": sw.FeedbackFilter(type="Bug")}, "not both"),
        ({"min_count": 0}, "min_count must be at least 1"),
        ({"top": True}, "top must be at least 1"),
        ({"level": 95}, "Did you mean 0.95"),
        ({"time_zone": "Mars"}, "not an IANA time zone"),
        ({"against": "2.3.0"}, "must be a filter"),
        ({"against": sw.FeedbackFilter(type="Bug"), "time_zone": "Mars"}, "not an IANA time zone"),
        ({"days": "28"}, "days must be at least 7"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, Any], hint: str) -> None:
    with pytest.raises(ArgumentError, match=hint):
        terms(spoken(ENGLISH, ENGLISH), **options)
    with pytest.raises(ArgumentError, match="no column message"):
        terms(pl.DataFrame({"id": ["a"], "created_at": [END]}))


def test_a_joined_name_is_held_by_nearly_all_of_its_items_and_stays_short() -> None:
    """Figures are those of the run that was tested, so a name that fewer items have would have them wrongly."""
    few = spoken(["一切都好"], ["支払 遅延", "支払山口洋子"])
    found = terms(few, as_of=END)
    for row in found.iter_rows(named=True):
        shown = few.filter(pl.col("id").is_in(row["ids"]))["message"]
        assert shown.str.contains(row["term"], literal=True).mean() >= 0.9  # type: ignore[operator]  # a number
    long = "".join(chr(0x6A00 + number) for number in range(600))
    assert terms(spoken(["一切都好"], [long]), as_of=END)["term"].str.len_chars().to_list() == [24]


def test_a_suggested_theme_has_the_items_of_its_finding() -> None:
    new = ["Export rows fail", "Exports rows fail", "exports row failing", "see _setup_ twice"]
    frame = spoken(ENGLISH, new)
    suggestion = sw.themes.suggest(frame, as_of=END)
    found = rising(frame, as_of=END)
    assert found.height
    tagged = sw.themes.tag(frame, suggestion)
    for row in found.iter_rows(named=True):
        mine = tagged.filter(pl.col("id").is_in(row["ids"]))["theme"]
        assert mine.list.contains(row["term"]).all(), row["term"]


REFUNDS = [
    *("I still wait for my refund from last week.", "The refund for my order has not arrived."),
    *("You promised a refund within days, nothing came.", "Where is my money? The refund is missing."),
]


@pytest.mark.parametrize("seed", [0, 6, 8, 11])
def test_the_word_that_all_have_stands_for_the_several_ways_to_say_it(seed: int) -> None:
    # Phrases that few have cluster less, and so are surer.
    chance = np.random.default_rng(seed)
    said = [*chance.choice(ENGLISH, 900), *chance.choice(REFUNDS, 45)]
    days = np.concatenate([chance.uniform(0, 196, 900), chance.uniform(175, 196, 45)])
    moments = [FIRST + timedelta(days=float(day)) for day in days]
    rows = pl.DataFrame({"id": [str(place) for place in range(945)], "message": said, "created_at": moments})
    assert terms(rows, as_of=END).select("term", "count", "baseline_count").rows() == [("refund", 45, 0)]


def test_a_word_that_is_usual_does_not_stand_for_those_that_are_new() -> None:
    usual = [f"The app {line}" for line in ("loads slowly", "looks great", "finds nothing", "needs an undo")]
    found = terms(spoken(usual, ["The app shows a blank invoice", "My invoice in the app is wrong"]), as_of=END)
    assert found.select("term", "count", "baseline_count").rows() == [("invoice", 28, 0)]


@pytest.mark.parametrize(
    ("messages", "term", "others"),
    [
        (
            [
                *("ดาวน์โหลดใบแจ้งหนี้ไม่ได้", "ใบแจ้งหนี้ของฉันหายไป", "ขอใบแจ้งหนี้เป็น PDF"),
                *("ใบแจ้งหนี้เดือนที่แล้วผิด", "ไม่เห็นใบแจ้งหนี้เลย"),
            ],
            "ใบแจ้งหนี้",
            {"เดือนที่แล้วผิด", "ของฉันหายไป", "ดาวน์โหลด"},
        ),
        (["お問い合わせの返事が来ない", "お問い合わせ先はどこ"], "お問い合わせ", {"返事が来ない", "先はどこ"}),
        (["청구서가 없어요", "청구서는 어디에", "지난달 청구서"], "청구서", {"없어요", "지난달"}),
    ],
)
def test_other_terms_of_a_run_do_not_repeat_its_main_one(messages: list[str], term: str, others: set[str]) -> None:
    said = ["ok"] * 700 + [messages[place % len(messages)] for place in range(60)]
    days = [place % 168 for place in range(700)] + [168 + place % 28 for place in range(60)]
    moments = [datetime(2026, 4, 1, tzinfo=UTC) + timedelta(days=day) for day in days]
    rows = pl.DataFrame({"id": [str(place) for place in range(760)], "message": said, "created_at": moments})
    found = terms(rows, as_of=datetime(2026, 10, 14, tzinfo=UTC))
    assert found["term"].to_list() == [term]
    assert others <= set(found["terms"][0])
    named = [term, *found["terms"][0]]
    assert not any(one in other for one in named for other in named if one != other)


@pytest.mark.parametrize(
    ("usual", "new", "shown"),
    [
        (
            ["La page est lente.", "Où sont mes factures ?", "Je n'aime pas la couleur de la page."],
            ["J'ai perdu mon mot de passe.", "Le mot de passe est refusé.", "Comment changer le mot de passe ?"],
            "mot de passe",
        ),
        (
            ["The page of the menu is slow.", "Where are my invoices?", "I like the colors."],
            ["The point of sale is broken.", "Our Point of Sale freezes.", "Point of sale error."],
            "point of sale",
        ),
        (
            ["La página no se abre.", "¿Dónde están mis facturas?", "En el menú no veo nada."],
            ["El motor no se pone en marcha.", "Nunca pone en marcha nada.", "¿Cuándo se pone en marcha?"],
            "pone en marcha",
        ),
        (["The page is slow.", "Where is the menu?"], ["The invoice is wrong.", "The invoice, again!"], "invoice"),
    ],
)
def test_a_phrase_with_a_stop_word_is_shown_in_full(usual: list[str], new: list[str], shown: str) -> None:
    rows = spoken(usual, new)
    found = terms(rows, as_of=END)
    assert found["term"][0] == shown
    assert found["count"][0] == 28
    assert not {*shown.split(" ")} & {*found["terms"][0]}
    assert next(iter(common_terms(found, rows)[0])) == shown
    suggested = sw.themes.suggest(rows, as_of=END)
    assert suggested.themes[0].name == shown
    assert sw.themes.tag(rows, suggested)["theme"].list.contains(shown).sum() == 28


@pytest.mark.parametrize(
    ("new", "shown"),
    [
        (["To'lov o'tmadi.", "Qayta to\u02bblov!", "TO‘LOV qaytdi?"], "to'lov"),
        (["La col·lecció és buida.", "Col·lecció perduda!", "On és la col·lecció?"], "col·lecció"),
        (["The sign-in loops.", "Sign-in is broken!", "No sign-in?"], "sign-in"),
        (["Copy/paste is locked.", "No copy/paste!", "Where is copy/paste?"], "copy/paste"),
        (["The user's login", "A user's page", "User's?"], "user"),
        (["Erreur dans l'abonnement", "L’abonnement !", "Mon abonnement ?"], "abonnement"),
    ],
)
def test_words_joined_by_a_sign_are_shown_as_one_word(new: list[str], shown: str) -> None:
    rows = spoken(["La pàgina és lenta.", "The page is slow.", "Cerca buida"], new)
    found = terms(rows, as_of=END)
    assert (found["term"][0], found["count"][0]) == (shown, 28)
    assert next(iter(common_terms(found, rows)[0].values())) == shown
    suggested = sw.themes.suggest(rows, as_of=END)
    assert sw.themes.tag(rows, suggested)["theme"].list.contains(shown).sum() == 28


@pytest.mark.parametrize("new", [["Payment error"], ["Payment error", "error in checkout", "An error appears"]])
def test_a_finding_is_not_named_by_a_phrase_of_the_past(new: list[str]) -> None:
    usual = [f"Error message when saving {what} {when}" for what in ("loans", "cards", "fines") for when in "abcdefg"]
    rows = spoken([*usual, *[f"The menu is {what}" for what in ("slow", "great", "odd", "small")] * 10], new)
    assert terms(rows, as_of=END)["term"][0] in {"error", "payment error"}


@pytest.mark.parametrize(
    ("usual", "new", "word"),
    [
        (
            ["页面很慢", "登录失败", "支付成功", "很好用"],
            ["WiFi连不上", "家里wifi失败", "wifi断开很多次", "我的WIFI没有信号", "wifi设置不见了"],
            "wifi",
        ),
        (
            ["หน้าเว็บช้า", "เข้าสู่ระบบไม่ได้", "จ่ายเงินสำเร็จ", "ดีมาก"],
            ["ไฟล์PDFเสีย", "PDFหาย", "pdfแล้วค้าง", "โหลดpdfไม่ขึ้น", "เปิดPDFไม่ได้"],
            "pdf",
        ),
        (
            ["ページが遅い", "ログインできない", "支払いできた", "とても便利"],
            ["CSVが空です", "csvをエクスポートできない", "このCSVは壊れている", "CSVの文字化け", "csv出力が止まる"],
            "csv",
        ),
    ],
    ids=["Chinese", "Thai", "Japanese"],
)
def test_a_latin_word_beside_a_script_without_spaces_is_named_and_suggested(
    usual: list[str], new: list[str], word: str
) -> None:
    rows = spoken(usual, new)
    assert terms(rows, as_of=END)["term"].to_list() == [word]
    suggested = sw.themes.suggest(rows, as_of=END)
    assert sw.themes.tag(rows, suggested)["theme"].list.contains(word).sum() == 28
