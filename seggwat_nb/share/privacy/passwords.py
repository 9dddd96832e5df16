"""Finds passwords in sentences, settings and commands, and recovery phrases of wallets.

Passwords have no pattern. A value is masked if it looks like a password and follows a word for one, in some thirty
languages. "My password is wrong" stays unchanged.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Final

from seggwat_nb.share.privacy.call_words import CALLED, ELSEWHERE
from seggwat_nb.share.privacy.copied_fields import cells_below, in_an_input, line_below
from seggwat_nb.share.privacy.finders import NEIGHBORS, OTHER_LETTERS, Candidate, Finder, Span
from seggwat_nb.share.privacy.keywords import IS, MY, SCAN, SETS, TOKEN, is_word_beginning, stands_alone, words_after
from seggwat_nb.share.privacy.one_time_codes import digits_after
from seggwat_nb.share.privacy.secret_shapes import looks_secret
from seggwat_nb.share.privacy.shields import UNITS
from seggwat_nb.text import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["GIVEN_PASSWORDS", "NAMED_PASSWORDS"]

_IN_ASCII: Final = (
    # English, and names used in programs; "pass" only before punctuation.
    r"[a-z0-9_]{1,24}_pass\b|[a-z0-9_]{1,24}_pwd?\b|passwords?|passwd|\bpasword\b|\bpasswrd\b|\bpaswrd\b|\bpasswod\b|\bpasswrod\b|\bpaswrod\b|\bpasswor\b|\bpassworld\b|\bpssword\b|\bpsswd\b|\bpswd\b|"
    r"pass ?phrase|(?:security|secret) (?:question|answer)s?|sicherheits(?:frage|antwort)|r[eé]ponse secr[eè]te|respuesta (?:secreta|de seguridad)|resposta secreta|risposta segreta|pass ?code|pass ?wort(?:es?|s)?|\bpwd?\b|\bpsw\b|\bpass\b|\bp/w\b|\bcreds?\b|credentials?|"
    # Networks
    r"\bparola (?:de la |la |de )?(?:wi-?fi|re[tț]ea)\b|\b(?:wi-?fi|wlan|wpa[23]?|wep|network|netzwerk|security)[ -]?(?:key|schl[uü]ssel)|\bpsk\b|\bcl[eé] (?:wi-?fi|wep|wpa2?)\b|"
    r"\bclave (?:del? |de la )?(?:wi-?fi|red)\b|\bchiave (?:wi-?fi|di rete)\b|\bsenha (?:do |da )?(?:wi-?fi|rede)\b|"
    # German, Dutch, the Nordic languages
    r"kennw[oö]rt\w*|\bww\b|\bl[oö]sen\b|zugangscode|zugangsdaten|losung|wachtwoord\p{L}*|l[oö]senord\p{L}*|adgangskode\p{L}*|kodeord\p{L}*|passord\p{L}*|salasan\p{L}+|"
    r"lykilor[dð]\p{L}*|wagwoord|geheimzahl|pin-?wort|passwuert|"
    # French, Spanish, Catalan, Portuguese, Italian, Romanian
    r"mot de passe|\bmdp\b|identifiants|contrase[nñ]\p{M}?y?a|\bclave\b|contrasenya|\bsenha\b|palavra-?passe|parol[aăei]\p{L}*|contrasinal|modpas|modepas|"
    r"pasahitz\p{L}*|clau de pas|focal ?-?faire|facal-?faire|[pb]h?asfhocal|(?:n?gh?|c)yfrinair|ger-tremen|pasvort\p{L}*|paseort\p{L}*|"
    r"kelma (?:tas-sigriet|sigrieta)|"
    # Slavic languages, Hungarian, the Baltic languages, Greek, Turkish
    r"has[lł][oaeu]\p{L}*|hes(?:lo|la|lem|lu|el)\b|lozink\p{L}+|[sš]ifra|zapork\p{L}+|\bgesl[oau]\b|jelsz[oóa]\w*|\bparool\p{L}*|salas[oõ]na\p{L}*|"
    r"slapta[zž]od\p{L}+|[sş]ifre\w*|\bparol\b|parool|fjal[eë]kalimi?\p{L}*|"
    # Swahili, Amharic, Filipino, Hausa
    r"nenosiri|neno (?:la )?siri|nywila|kalmar (?:sirri|wucewa)|i?-?phasi?wedi|pasiwedhi|phasewete|ijambo ?(?:ry.)?ibanga|tenimiafina|teny miafina|okwuntughe|"
    r"okwu nzuzo|jecha iggitii|furaha sirta|erayga sirta|tembung sandi|\bhudyat\b|"
    # Yoruba, with and without tones
    r"[oọ]r[oọ] ?(?:a[sṣ]ínà|a[sṣ]ina|igbaniw[oọ]le)|"
    # Arabic, Hebrew, Persian, Hindi, Bengali, Thai, Vietnamese, Indonesian and Malay
    r"mat khau|\b(?:kata )?sandi(?:nya|ku|mu)?\b|kata laluan|\bmk\b"
)
_IN_OTHER_LETTERS: Final = (
    # German, Dutch, the Nordic languages
    r"aðgangsor[dð]\p{L}*|loyniorð\p{L}*|gronidł\p{L}*|"
    # Slavic languages, Hungarian, the Baltic languages, Greek, Turkish
    r"парол\p{L}+|лозинк\p{L}+|шифр[аеу]\b|κωδικ\p{L}+|συνθηματικ\p{L}+|şifrə\p{L}*|сырсөз\p{L}*|сыр сөз\p{L}*|серсүз\p{L}*|рамзи убур|пас+ворд\p{L}*|"
    r"кодов\p{L}+ слов\p{L}+|секретн\p{L}+ (?:ответ|вопрос)\p{L}*|пароль|құпия ?сөз\p{L}*|нууц үг|პაროლ|գաղտնաբառ\p{L}*|"
    # Swahili, Amharic, Filipino, Hausa
    r"የይለፍ ቃል|ፓስወርድ|የሚስጥር ቁጥር|paswọọdụ|"
    # Arabic, Hebrew, Persian, Hindi, Bengali, Thai, Vietnamese, Indonesian and Malay
    r"كلمة (?:المرور|السر|سر|مرور)|الرقم السري|كلمه (?:المرور|السر|سر)|با?سوورد|باسورد|סיסמ\p{L}+|ססמ\p{L}+|رمز (?:عبور|ورود)|کلمه عبور|گذرواژه|پسورد|رمزم|رمزش|رمز من|پټنوم|"
    r"لفظ اجازت|تێپەڕەوشە|پارول|پاس ?ورڈ|पासवर्ड|पासवोर्ड|कूटशब्द|शब्दकूट|गुप्तशब्द|सांकेतिक शब्द|ପାସୱାର୍ଡ|কূটশব্দ|পাসও(?:য়|য়)ার্ড|கடவுச்சொல்|పాస్వర్డ్|"
    r"సంకేతపదం|ಪಾಸ್ವರ್ಡ್|ಪ್ರವೇಶಪದ|ಗುಪ್ತಪದ|പാസ്(?:സ്)?വേ(?:ഡ്|ർഡ്)|രഹസ്യവാക്ക്|પાસવર્ડ|ਪਾਸਵਰਡ|මුරපදය|รหัสผ่าน|พาสเวิร์ด|ລະຫັດຜ່ານ|စကားဝှက်|"
    r"ពាក្យស(?:ម្ងា|ំងា)ត់|លេខស(?:ម្ងា|ំងា)ត់|mật khẩu|mật mã|"
    # Chinese, Japanese, Korean
    r"密码|密碼|口令|パスワード|パスコード|パス|暗証番号|合言葉|비밀번호|비번|패스워드|패스코드|암호"
)
_PASSWORDS: Final = (f"(?i){_IN_ASCII}", f"(?i){_IN_OTHER_LETTERS}")
"""Words for passwords, without and with letters outside of ASCII."""
_MOST_WORDS: Final = 5
"""How many words after a word for a password are searched. Further away, only unmistakable passwords count."""


def _password(candidate: Candidate) -> Iterator[Span]:
    """Mask the next word that looks like a password, unless the sentence ends first, otherwise a numeric code."""
    tail = candidate.text[candidate.end : candidate.end + SCAN]
    is_end = stands_alone(candidate) or len(candidate.value) >= _NO_ENDING or _SETS.match(tail) is not None
    if not is_end or is_word_beginning(candidate):
        return
    if _MANAGES.match(tail):  # The name of a program follows, such as 1Password.
        return
    field = list(_field(candidate))
    if field:
        yield from field
        return
    span = (
        _find_quoted(candidate, tail)
        or _find_between_tags(candidate, tail)
        or _find_words_and_number(candidate)
        or _find_assigned(candidate.end, tail)
    )
    if span is None and not _is_in_a_slug(candidate):
        span = _find_first_word(candidate)
        weak = candidate.value.lower() in _OTHER_SENSES and not _is_announced(candidate, tail)
        if weak and not (span is not None and _is_strong(candidate.text[span.start : span.end])):
            if candidate.value.lower() not in _MOSTLY_PASSWORDS:
                return
            span = None  # but digits directly after it are one
    if span is not None:
        yield span
        yield from _second(candidate.text, span.end)
    elif not _is_in_a_slug(candidate):
        network = _NETWORK_KEY.match(tail) if _IS_NETWORK.match(candidate.value) else None
        if network is not None:
            yield Span(candidate.end + network.start("value"), candidate.end + network.end("value"), TOKEN)
            return
        found = (
            [span for span in digits_after(candidate) if span.end - span.start >= _FEWEST_DIGITS]
            or list(_below(candidate))
            or list(_far_digits(candidate, tail))
        )
        yield from (found or _password_first(candidate))


_FEWEST_DIGITS: Final = 4
"""In some languages, a word for a password also is one for a code: "κωδικός 500"."""


def _far_digits(candidate: Candidate, tail: str) -> Iterator[Span]:
    """Mask a password of digits some words later: after a verb or colon, or after words that say what it is for."""
    found = _TOLD_LATER.match(tail) or _FOR_SOMETHING.match(tail)
    if found is None or candidate.value.lower() in _OTHER_SENSES or _IS_DAY.fullmatch(found["value"]):
        return
    gap, rest = found["gap"].lower(), candidate.text[candidate.end + found.end() :][:SCAN].lower()
    if not (found["value"].endswith("000") or ELSEWHERE.search(gap) or CALLED.search(gap) or UNITS.match(rest)):
        yield Span(candidate.end + found.start("value"), candidate.end + found.end("value"), TOKEN)


_WORD: Final = r"[^\W\d_][\w'-]{0,15}"
_NO_MORE: Final = r"(?![.,:/-]?\d|[\w%])"
_TOLD_LATER: Final = re.compile(
    rf" (?P<gap>(?:{_WORD} ){{0,5}}(?:{IS}|{_WORD} ?[:=])) ?[\"'«]?(?P<value>\d{{6,12}}){_NO_MORE}", re.IGNORECASE
)
_SOMEBODY: Final = r"(?:users?|customers?|clients?|members?|kunden?|пользовател\w*|клиент\w*) "
"""Who has a number of their own."""
_FOR_SOMETHING: Final = re.compile(
    rf" (?P<gap>(?:for|of|to|at|für|zum|zur|vom|beim|pour|de|du|del|para|da|do|di|per|voor|van|til|för|od|za|от|для|на|к|від|до) "
    rf"(?:(?!{_SOMEBODY}){_WORD} ){{1,3}}|(?:{_WORD} ){{0,3}}için )(?P<value>\d{{8,12}}){_NO_MORE}",
    re.IGNORECASE,
)
_IS_DAY: Final = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


def _field(candidate: Candidate) -> Iterator[Span]:
    """Mask the passwords in a column of a table, or the value of a field of a page."""
    cells = list(cells_below(candidate, _is_cell))
    yield from cells
    value = None if cells else in_an_input(candidate)
    if value is not None and _is_entered(candidate.text[value.start : value.end]):
        yield value


def _below(candidate: Candidate) -> Iterator[Span]:
    """Mask a password on the line after the word for it. With other words before that one, it must be unmistakable."""
    for words, is_one in ((0, _is_cell), (2, _is_strong)):
        span = line_below(candidate, words_before=words)
        if span is not None and _is_cell(value := candidate.text[span.start : span.end]) and is_one(value):
            yield span
            return


def _is_cell(value: str) -> bool:
    return _is_apart(value) or _LONG_DIGITS.fullmatch(value) is not None


def _is_apart(value: str) -> bool:
    """Return whether a word that is alone in a line or cell is a password rather than a path or an address."""
    return looks_secret(value) and _PLACE.search(value) is None and " " not in value


_PLACE: Final = re.compile(r"^[/~.]|^[A-Za-z]:\\|://|@[\w-]+\.\w")
_LONG_DIGITS: Final = re.compile(r"\d{6,20}")


def _is_entered(value: str) -> bool:
    """Return whether the value of a field is a password rather than the text or state of a page."""
    return looks_secret(value) if " " not in value else _MESSAGE.search(value) is None


def _is_announced(candidate: Candidate, tail: str) -> bool:
    """Return whether what follows, or an address before it, says that a word means a password."""
    before = candidate.text[max(0, candidate.start - SCAN) : candidate.start]
    is_pair = _AFTER_LOGIN.search(before) is not None and _HAS_DIGIT.match(tail) is not None
    return is_pair or _ANNOUNCES.match(tail) is not None or _AFTER_ADDRESS.search(before) is not None


def _second(text: str, end: int) -> Iterator[Span]:
    """Mask a second password beside the first, as in "from Maple2020 to Maple2021"."""
    found = _SECOND.match(text[end : end + SCAN])
    if found is not None and looks_secret(found["value"].rstrip(".,;:?)")) and re.search(r"\d", found["value"]):
        length = len(found["value"].rstrip("\"'`)]}>»,.;:?"))
        yield Span(end + found.start("value"), end + found.start("value") + length, TOKEN)


_SECOND: Final = re.compile(
    r"[\"'»]?\W{0,2}(?:to|into|and|or|not|nor|auf|zu|und|oder|nicht|à|en|et|ou|a|para|y|e|o|ni|in|naar|of|till|till|til|och|og|na|i|a|и|на|или|не|і|та) [\"'«]?(?P<value>[!-~\u00a1-\u052f]{5,64})",
    re.IGNORECASE,
)
_IS_NETWORK: Final = re.compile(
    r"(?:wi-?fi|wlan|wpa|wep|network|netzwerk|psk|cl[eé]|clave|chiave|senha)", re.IGNORECASE
)
_NETWORK_KEY: Final = re.compile(rf"[^\w\n]{{1,3}}(?:(?:{IS})\W{{1,2}})?(?P<value>\d{{8,63}})(?!\w)", re.IGNORECASE)
"""The key of a network, which may be digits alone (IEEE 802.11i, annex H.4)."""


_SAID_FIRST: Final = re.compile(
    r"(?P<value>[^\s\"'«»:/]{5,64})[\"'»]?\s"
    rf"(?:(?:{IS})\s(?:{MY})|(?:as|als|comme|como|come|jako|как)(?:\s(?:a|the|das|{MY}))?)\s(?:\w{{1,12}}\s)?$",
    re.IGNORECASE,
)
"""A password before the word for it: "Monkey#12 is my password"."""
_CHANGED: Final = re.compile(
    r"\b(?:from|von|de|da|van|från|fra|z|с|от|з|від) [\"'«]?(?P<old>[!-~]{5,32}?)[\"'»]? "
    r"(?:to|auf|zu|à|en|a|para|naar|till?|na|на) [\"'«]?(?P<new>[!-~]{5,32}?)[\"'»,;]? (?:[^\W\d_]{1,12} ){0,4}$",
    re.IGNORECASE,
)
"""Two passwords before the word for them: "changed it from Maple2020 to Maple2021 and neither password works"."""


def _password_first(candidate: Candidate) -> Iterator[Span]:
    cut = max(0, candidate.start - SCAN)
    line = candidate.text[cut : candidate.start].rpartition("\n")[2]
    changed = _CHANGED.search(line)
    if changed is not None and all(map(looks_secret, changed.groups())):
        at = candidate.start - len(line)
        yield from (Span(at + start, at + end, TOKEN) for start, end in map(changed.span, ("old", "new")))
        return
    found = _SAID_FIRST.search(line)
    if found is not None and looks_secret(found["value"]) and "@" not in found["value"].strip("!@#"):
        at = candidate.start - len(found.string)
        yield Span(at + found.start("value"), at + found.end("value"), TOKEN)


_NO_ENDING: Final = 7
"""Words of this length are whole ones at the end of others: "Masterpasswort"."""
_SETS: Final = re.compile(rf"[\"']?\s?(?:{SETS})\s?\S")
_MANAGES: Final = re.compile(r"[ -]?(?:managers?|generators?)\b", re.IGNORECASE)
_OTHER_SENSES: Final = frozenset(
    {"pass", "parola", "clave", "losung", "parole", "pw", "pwd", "cred", "creds", "ww", "mk", "lösen", "losen", "パス"}
)
_MOSTLY_PASSWORDS: Final = frozenset({"clave", "losung", "parola", "parole", "pw", "pwd"})
"""Those of them that mean a password directly before digits."""
_ANNOUNCES: Final = re.compile(
    rf"(?!\W{{0,4}}(?:[a-z]:)?[\\/])(?:[\"']?\s?(?:{SETS})|は|(?: (?:của )?(?:mình|tôi|em|anh))?\s(?:is|was|es|è|é|este|ir|jest|je|est|är|er|là)\b"
    r"|\s[\w.-]{2,40}:\S)",
    re.IGNORECASE,
)
"""What follows a word that may mean something else: a sign, a verb, or a name and a colon, but no path, which is
"pass" in Japanese."""
_AFTER_ADDRESS: Final = re.compile(r"@[\w-]+\.[\w.-]*\w\W{1,3}$")
_AFTER_LOGIN: Final = re.compile(
    r"\b(?:user(?:name)?|log[ -]?in|account|acct?|benutzer(?:name)?|utilisateur|identifiant|usuario|utente|логин|id)\b\W{1,3}[\w.@-]{2,40}\W{1,3}$",
    re.IGNORECASE,
)
_HAS_DIGIT: Final = re.compile(r" (?=\S*\d)(?=\S*[^\W\d])\S{6,}")
"""What directly follows a word that has other senses, after a name to log in with: "user bob pass qwerty99"."""
_SETTING: Final = re.compile(r"[\"']?\s?=\s?(?P<value>\S{4,64})")
_COUNTED: Final = re.compile(r"[^\W\d_]+=\d{1,8}")
_SENTENCE_END: Final = re.compile(r"[.!?。！？]$")
_DIGITS: Final = re.compile(r"\d{3,8}")


def _is_in_a_slug(candidate: Candidate) -> bool:
    """Return whether a word is part of a name, such as "/reset-password" or "forgot-password", and announces nothing.

    In a sentence, a hyphen or slash also joins words: "WLAN-Passwort Blume2023", "wifi-password: x".
    """
    text = candidate.text
    run = _RUN.search(text[max(0, candidate.start - SCAN) : candidate.start])
    if run is None or _ARTICLE.search(text[max(0, candidate.start - 4) : candidate.start]):
        return False
    is_joined = _JOINED.fullmatch(run[0]) is not None
    is_noun = candidate.value[0].isupper() and run[0].endswith("-")
    return not (is_joined and (is_noun or _SAYS.match(text[candidate.end : candidate.end + SCAN])))


_RUN: Final = re.compile(r"[\w./-]*(?:\w[-/.]|\./)$")
_JOINED: Final = re.compile(r"(?:[^\W_]+-)+|[^\W_]+/")
"""Words before another that a hyphen or slash joins to it, rather than a path or the name of a file or host."""
_SAYS: Final = re.compile(rf"[\"']?\s?(?:{SETS})|\s(?:{IS})\s", re.IGNORECASE)
_ARTICLE: Final = re.compile(r"(?:^|[\s\"'(])(?:i?l|[ae]l|u|i|n)-$", re.IGNORECASE)
"""Articles and prefixes that a hyphen joins to a word, as in Maltese and in Zulu."""


def _is_strong(value: str, *, kinds: int = 3) -> bool:
    """Return whether a word is a password regardless of context, judging by its kinds of characters."""
    every = (r"\d", r"[a-z]", r"[A-Z]", r"[^\w\s.,:/-]")
    return len(value) >= 8 and sum(re.search(kind, value) is not None for kind in every) >= kinds


def _find_assigned(end: int, tail: str) -> Span | None:
    """Find the value of a setting: everything up to the next space, quoted or not."""
    setting = _SETTING.match(tail)
    if setting is None or re.search(MARK, setting[0]) or not looks_secret(setting["value"].strip("\"'")):
        return None
    value = setting["value"].rstrip("\"'`")
    return Span(end + setting.start("value"), end + setting.start("value") + len(value), TOKEN)


def _find_quoted(candidate: Candidate, tail: str) -> Span | None:
    """Find a quoted password with spaces, rather than the message of a form. A word with other senses needs a sign."""
    end = candidate.end
    opening = _OPENS.match(tail)
    found = _QUOTES[opening["quote"]].match(tail, opening.end()) if opening is not None else None
    if opening is None or found is None or _MESSAGE.search(found["value"]):
        return None
    value = found["value"]
    is_phrase = re.fullmatch(r"[^\W\d_]{3,}(?: [^\W\d_]{3,}){2,7}", value) is not None
    # After a key, as in a file of translations, a sentence is text of a page. Only its first word has a capital.
    is_phrase &= not opening["key"] or value.islower() or value.istitle()
    is_told = bool(opening["sign"])
    is_one = (is_phrase and is_told) or re.search(r"\d", value) is not None
    is_one &= is_told or candidate.value.lower() not in _OTHER_SENSES
    return Span(end + found.start("value"), end + found.end("value"), TOKEN) if is_one else None


def _find_words_and_number(candidate: Candidate) -> Span | None:
    """Find a password of words and a number that ends a line, as in "password: blue horse 77"."""
    found = _SPACED.match(candidate.text, candidate.end)
    if found is None or _MESSAGE.search(found["value"]) or _SENTENCE.search(found["value"]):
        return None
    return Span(found.start("value"), found.end("value"), TOKEN)


_SPACED: Final = re.compile(
    rf"[\"']?\s?(?:{SETS}|lautet)\s?"
    r"(?P<value>(?:(?:[^\W\d_]{2,16} ){2,4}\d{1,8}|[^\W\d_]{3,16} \d{4,8})[!#*]{0,2})[.\s]*(?=\n|\Z)",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(
    r"(?i)\b(?:version\w*|versi[oó]n|вер\w*|step|page|level|screen|line|row|build|code|status|since|until|before|only|when|if|then|"
    r"but|also|still|again|works?|working|i|we|you|my|they|button|link|left|attempts?|tries|err\w*|fehler\w*|fe[ij]l|fout\w*|"
    r"erreur\w*|błąd\w*|chyb\w*|ошибк\w*|помилк\w*|hiba|virhe|hata|seit|depuis|desde|stufe|seite|schritt|nur|solo|seulement|"
    r"chrome|firefox|safari|edge|android|windows|iphone|ipad|ios|macos|pixel|galaxy)\b"
)
"""Words of a sentence or a page, as in "password: error 500", which no password has."""


def _find_between_tags(candidate: Candidate, tail: str) -> Span | None:
    """Find a password between tags that are called so, as in XML."""
    found = re.match(rf">(?P<value>[^\s<>][^<>\n]{{2,48}}[^\s<>])</[\w:.-]*{re.escape(candidate.value)}>", tail)
    if found is None:
        return None
    value = found["value"]
    is_one = looks_secret(value) if " " not in value else re.search(r"\d", value) and not _MESSAGE.search(value)
    return Span(candidate.end + found.start("value"), candidate.end + found.end("value"), TOKEN) if is_one else None


_CLOSINGS: Final = {
    '"': '"',
    "'": "'",
    "`": "`",
    "„": '"',
    "‚": "'",
    "«": "»",
    "»": "«",
    "‹": "›",
    "「": "」",
    "『": "』",
}
"""Quotation marks and what closes each, once curly ones are folded."""
_OPENS: Final = re.compile(
    rf"(?P<key>(?:\\{{0,3}}[\"'`]\]?|[」»])?)\s?(?P<sign>(?:{SETS}|:=|::|(?:{IS})\b)?)\s?\\{{0,3}}(?P<quote>[{''.join(_CLOSINGS)}])",
    re.IGNORECASE,
)
_QUOTES: Final = {
    opening: re.compile(rf"\s?(?P<value>[^\s{closing}][^{closing}\n]{{2,48}}[^\s\\{closing}])\s?\\{{0,3}}{closing}")
    for opening, closing in _CLOSINGS.items()
}
_MESSAGE: Final = re.compile(
    r"(?i)^\S+$|\b(?:the|and|for|are|was|not|but|from|your?|has|its?|into|been|after|is|to|too|must|should|can(?:not)?|may|please|"
    r"at|least|an?|of|or|in|on|with|this|that|field|[ck][ah]ara[ck]t\w+|chars|m[ií]n\w*|m[aá]x\w*|tekens?|zeichen|stellen|znak\w*|tecken|tegn|merkki\w*|chiffres?|ziffern?|d[ií]gitos?|cifr\w*|знак\w*|символ\w*|цифр\w*|ago|changed|days?|hours?|sets?|required?|invalid|incorrect|wrong|"
    r"missing|expired?|forgot(?:ten)?|reset|enter|type|error|failed|empty|here|times|digits?|letters?|falsch|ung[uü]ltig|"
    r"nicht|zu|ist|ein(?:e|en)?|das|der|die|bitte|le|la|les|de|du|est|pas|trop|incorrecte?|invalide|el|es|no|muy|contraseña|"
    r"incorrecta|inv[aá]lid[ao]|il|non|errata|het|niet|te|onjuist|jest|nie|za|не|и|в|слишком|неверный|password|passwor[td]\w*)\b|"
    r"文字|以上|以[内下]|字符|[长長]度|\d ?[位桁]|자리|글자"
)
"""Words of messages about passwords, and a value without a space, which other rules judge."""


def _find_first_word(candidate: Candidate) -> Span | None:
    """Find the first word of a sentence that looks like a password."""
    text = candidate.text
    for number, (place, stop, word) in enumerate(words_after(candidate)):
        # A trailing "!" belongs to the password if the rest looks like one already.
        whole = text[place : place + len(word.rstrip("\"'`)]}>»」.,;:?。、"))]
        value = whole if whole.endswith("!") and looks_secret(whole[:-1]) else text[place:stop]
        if "://" in value:  # a URL, handled by its own finder
            continue
        if re.search(MARK, text[max(0, place - 1) : place + len(word)]):  # masked before
            break
        name, sign, rest = value.partition(":")
        start = place
        if sign and rest and name.isalpha():
            start, value = place + len(name) + 1, rest
        if _COUNTED.fullmatch(value):  # the end of another word, and a code
            break
        is_one = (looks_secret(value) and "@" not in value.strip("!@#")) or _is_signed(value)
        if is_one and (number < _MOST_WORDS or _is_strong(value, kinds=4)):
            return Span(start, start + len(value), TOKEN)
        if _SENTENCE_END.search(word) or _DIGITS.fullmatch(value):
            break
    return None


def _is_signed(value: str) -> bool:
    """Return whether a word with an at sign is a password rather than an address."""
    kinds = (r"\d", r"[^\W\d_]", r"[^\w\s.,:/-]")
    return "@" in value and re.search(r"@[\w-]+\.\w", value) is None and all(re.search(kind, value) for kind in kinds)


_COMMANDS: Final = (
    r"(?i)\b(?:curl|wget|https?)\b[^\n|]{0,200}?\s(?:-u|--user|--proxy-user)[ =][\"']?[^\s:\"']{1,64}:\S{3,64}"
    r"|\b(?:sshpass|mysql\w*|mariadb|mongo\w*|redis-cli|smbclient|docker login|ldapsearch|rar|7za?|unzip|zip)\b[^\n|]{0,120}?\s"
    r"(?:-[paPw]|--pass(?:word)?=?)[ =]?[\"']?[^\s\"']{4,64}"
    r"|\bWIFI:[^\n]{0,120}?;P:[^;\n]{4,64}"
)
"""Commands with a password, and the text of a Wi-Fi QR code."""
_ARGUMENT: Final = re.compile(
    r"(?i)(?:\s(?:-u|--user|--proxy-user)[ =][\"']?[^\s:\"']{1,64}:|\s(?:-[pawP]|--pass(?:word)?=?)[ =]?[\"']?|;P:)(?P<value>[^\s\"';]{3,64})[^\s]*$"
)


def _command(candidate: Candidate) -> Iterator[Span]:
    """Mask the password in a command."""
    found = _ARGUMENT.search(candidate.value)
    if found is None:
        return
    value = found["value"]
    if not value.isdigit() and not value.startswith(("-", "$", "/")) and (looks_secret(value) or ";P:" in found[0]):
        yield candidate.span(TOKEN, of=found.span("value"))


_PHRASES: Final = (
    r"(?i)\b(?:(?:recovery|backup|secret|wallet)[^\n]{0,30}? (?:phrase|words?|seed)|seed|mnemonic)\b[^\n]{0,20}?[:\n (\"'-]"
    r"(?:(?:\d{1,2}[.):]? ?)?[a-z]{3,8}[,;]?[ \n]{1,2}){11,23}(?:\d{1,2}[.):]? ?)?[a-z]{3,8}\b"
)
_PHRASE: Final = re.compile(r"(?:(?:\d{1,2}[.):]? ?)?\b[a-z]{3,8}\b[,;]?\s{0,2}){11,24}(?<=\S)(?=\s*$)")
_SENTENCE_WORDS: Final = re.compile(
    r"\b(?:the|and|for|are|was|not|but|from|your|has|our|its|into|been|does|because|after|my|is|to)\b"
)


def _phrase(candidate: Candidate) -> Iterator[Span]:
    """Mask the recovery phrase of a wallet: 12 to 24 words without any common sentence words (see BIP 39)."""
    value = candidate.value
    if candidate.ends_inside_a_word:  # a word longer than any in the list starts here
        value = value.rstrip(string.ascii_letters).rstrip()
    for led in reversed([match.end() for match in _LEADS.finditer(value[:SCAN])]):
        found = _PHRASE.search(value, led)
        if found is not None and _SENTENCE_WORDS.search(found[0]) is None:
            yield candidate.span(TOKEN, of=found.span())
            return


_LEADS: Final = re.compile(r"\b(?:phrase|words?|is|are|seed|mnemonic|backup|recovery|wallet)\b\W*", re.IGNORECASE)


GIVEN_PASSWORDS: Final = (
    Finder(_COMMANDS, _command, r"(?i)\s-|WIFI:", NEIGHBORS),
    Finder(_PHRASES, _phrase, sees=NEIGHBORS),
)
NAMED_PASSWORDS: Final = (
    *(Finder(words, _password, needs) for words, needs in zip(_PASSWORDS, ("", OTHER_LETTERS), strict=True)),
)
