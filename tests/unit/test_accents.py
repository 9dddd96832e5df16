"""Words that people type without accents count as those with accents, unless these are other words."""

from __future__ import annotations

import json
import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seggwat_nb as sw
from seggwat_nb.analysis.accents import merge_accents, without_accents
from seggwat_nb.analysis.naming import in_full
from seggwat_nb.analysis.terms import terms
from tests.unit.test_terms import END, spoken

PORTUGUESE = [
    *("A página não abre no telefone.", "Não consigo mudar a senha.", "Não há opção de tema escuro."),
    *("A página de avaliação não carrega.", "Você pode incluir a opção de busca?", "A resolução da página é ruim."),
    *("Você precisa rever a avaliação da opção.", "Não vejo a resolução certa.", "Você mudou a avaliação?"),
]
INVOICES = ["A cobrança veio errada.", "Cobrança duplicada!", "Onde vejo a cobrança?", "A cobrança não chega."]


def typed(texts: list[str]) -> list[str]:
    return [
        "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one)) for text in texts
    ]


def test_a_word_is_found_and_selected_with_and_without_accents() -> None:
    rows = spoken([*PORTUGUESE, *PORTUGUESE, *typed(PORTUGUESE)], [*INVOICES, *typed(INVOICES)])
    found = terms(rows, as_of=END)
    assert found.select("term", "count", "baseline_count").row(0) == ("cobrança", 28, 0)
    suggested = sw.themes.suggest(rows, as_of=END)
    held = sw.themes.tag(rows, suggested).filter(pl.col("theme").list.len() > 0)
    assert set(held["id"]) == set(found["ids"][0])
    told = sw.findings(rows.with_columns(type=pl.lit("Bug")), as_of=END).filter(kind="theme")
    where = sw.FeedbackFilter.from_dict(json.loads(told["filter"][0]))
    assert set(where.apply(rows)["id"]) >= set(found["ids"][0])


def test_words_that_differ_by_accents_are_two_where_others_have_no_twin() -> None:
    words = ["zählen", "zahlen", "drücken", "drucken", "können", "für", "über", "müssen", "ändern", "öffnen"]
    assert merge_accents(pl.Series(words), np.full(len(words), 20.0)).tolist() == [*range(len(words))]


def test_a_spelling_that_may_mean_several_words_stays() -> None:
    words = ["mật", "mặt", "mat", "khẩu", "khau", "không", "khong", "được", "duoc", "tôi", "toi", "thẻ", "the"]
    found = merge_accents(pl.Series(words), np.full(len(words), 20.0))
    assert [words[one] for one in found] == [*words[:3], *(one for one in words[3::2] for _ in "12")]


@given(st.dictionaries(st.text("aáàeéozyçß", min_size=3, max_size=4), st.integers(1, 99), max_size=60))
@settings(max_examples=60, deadline=None)
def test_only_words_without_accents_stand_for_others(counts: dict[str, int]) -> None:
    words = pl.Series(sorted(counts), dtype=pl.String)
    found = words.gather(merge_accents(words, np.array([float(counts[one]) for one in words])))
    assert without_accents(found).equals(without_accents(words))
    moved = words.filter(words != found)
    assert moved.equals(without_accents(moved))


@pytest.mark.parametrize("share", [1, 2])
def test_a_phrase_is_named_in_full_though_some_type_no_accents(share: int) -> None:
    usual = ["Đổi mật khẩu ở đâu?", "Quên mật khẩu rồi.", "Mật khẩu sai."]
    said = pl.Series([*usual * share, "quen mat khau", "mat khau bi sai", "doi mat khau"])
    assert in_full("khẩu", said, said, recent=pl.Series([True] * said.len())) == "mật khẩu"
