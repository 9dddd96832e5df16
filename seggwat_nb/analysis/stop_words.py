"""Stop words, which say nothing by themselves, by language.

The lists are `stopwordsiso`'s, of 57 languages, except for English: its 1,298 words include ``order``, ``page`` and
``problem``. English uses Porter's list instead. Amharic, Georgian, Serbian, Tamil and Telugu, which it lacks, have
short lists here.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import polars as pl

from seggwat_nb.analysis.folding import fold_texts

__all__ = ["stop_words", "stop_words_by_language"]

_ENGLISH: Final = (
    "i me my myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers "
    "herself it its itself they them their theirs themselves what which who whom whose this that these those am is "
    "are was were be been being have has had having do does did doing done will would shall should can could may "
    "might must ought i'm you're he's she's it's we're they're i've you've we've they've i'd you'd he'd she'd we'd "
    "they'd i'll you'll he'll she'll we'll they'll isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't "
    "didn't won't wouldn't shan't shouldn't can't cannot couldn't mustn't let's that's who's what's here's there's "
    "when's where's why's how's a an the and but if or because as until while of at by for with about against between "
    "into through during before after above below to from up down in out on off over under again further then once "
    "here there when where why how all any both each few more most other some such no nor not only own same so than "
    "too very just also still even get got let lets please u ur pls plz"
)
"""Porter's list (Snowball, "English stop words"), with a few more words that say nothing by themselves."""

_APOSTROPHE: Final = r"'(t|ve|m)$"
"""Where people leave out an apostrophe and write no other word, unlike in *we're* or *I'll*."""

_MORE: Final = {
    "am": "ነው ናቸው ነበር ነበረ እና ወይም ግን ይህ ያ እኔ አንተ አንቺ እኛ እነሱ እሱ እሷ የት ምን ለምን እንዴት መቼ በጣም ምንም ሁሉም አይደለም የለም አለ",
    "ka": (
        "და არ არის არა რომ ეს ის მე შენ ჩვენ თქვენ ისინი ჩემი შენი ჩვენი თქვენი მისი მაგრამ თუ როგორ სად რა რატომ "
        "როდის ვერ აღარ ძალიან უნდა მაქვს იყო ყველა კი ან რადგან ასე"
    ),
    "sr": (
        "i u je da se na za sa ne su što sto od do koji koja koje kao ali ili gde kad kada kako zašto nije nisam sam "
        "si smo ste mi ti on ona ono oni moj moja moje ovo ovaj to taj ta te ga mu me sve već samo kod iz po "
        "и у је да се на за са не су што од до који која које као али или где кад када како зашто није нисам сам "
        "си смо сте ми ти он она оно они мој моја моје ово овај то тај та те га му ме све већ само код из по"
    ),
    "ta": (
        "என் எனது எனக்கு நான் நீங்கள் நாங்கள் அவர்கள் இது அது இந்த அந்த மற்றும் ஒரு எங்கே என்ன ஏன் எப்படி எப்போது இல்லை உள்ளது மிகவும் ஆனால் என்று"
    ),
    "te": "నా నాకు నేను మీరు మేము వారు ఇది అది ఈ ఆ మరియు ఒక ఎక్కడ ఏమి ఏమీ ఎందుకు ఎలా ఎప్పుడు లేదు ఉంది చాలా కానీ అని",
}
"""Pronouns, particles and question words of languages without a list in `stopwordsiso`."""


@cache
def stop_words_by_language() -> pl.DataFrame:
    """Return the stop words of all languages: ``word`` (folded) and ``language``."""
    import stopwordsiso

    others = sorted(stopwordsiso.langs() - {"en"})
    lists = {language: words.split() for language, words in {"en": _ENGLISH, **_MORE}.items()}
    lists |= {language: sorted(stopwordsiso.stopwords(language)) for language in others}
    table = pl.DataFrame(
        {"language": list(lists), "word": list(lists.values())},
        schema={"language": pl.String, "word": pl.List(pl.String)},
    ).explode("word")
    typed = table.filter(pl.col("language") == "en").with_columns(pl.col("word").str.replace(_APOSTROPHE, "${1}"))
    table = pl.concat([table, typed])
    table = table.with_columns(word=fold_texts(table["word"])).unique()
    return table.filter(pl.col("word").str.contains(r"\p{L}"))  # punctuation is in any language


@cache
def stop_words() -> frozenset[str]:
    """Return the stop words of all languages, folded."""
    return frozenset(stop_words_by_language()["word"])
