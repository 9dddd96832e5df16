"""Finds numeric codes: PINs, and one-time codes that a service sends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seggwat_nb.share.privacy.call_words import LETTER
from seggwat_nb.share.privacy.copied_fields import line_below
from seggwat_nb.share.privacy.finders import DIGITS, LINE, NEIGHBORS, OTHER_LETTERS, Candidate, Finder, Span
from seggwat_nb.share.privacy.keywords import IS, MY, SCAN, SETS, TOKEN, is_word_beginning, stands_alone
from seggwat_nb.share.privacy.shields import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CODES", "digits_after"]

_CODE: Final = r"codes?|codi|c[oó]digo|codice|codul|cod|kod|kód|kode|kods|kodas|kood|koodi|kóði|msimbo|mã"
"""A code, in languages that write compounds or that name its purpose beside it."""
_VERIFIES: Final = (
    # Latin
    r"verif|v[eé]rif|authent|autent|autori[sz]|confirm|conferm|aktivi|activat|freischalt|best[aä]tig|sicherheits|anmelde|zugangs|zutritts|freigabe|einmal|pr[uü]f|"
    r"tilgangs|bekr[aäæ]ft|bekreft|bevestig|beveilig|inlog|toegangs|eenmalige|innlog|sikkerhets|sikkerheds|s[aä]kerhets|adgangs|åtkomst|vahvist|varmenn|turva|kirjautumis|kertakäyttö|"
    r"kinnitus|sisselogimis|ühekordne|staðfest|aðgangs|öryggis|weryfik|logowania|dost[eę]pu|jednorazow|bezpiecze|ově[rř]|overov|potvr[dzđ]|p[rř]ihla[sš]|p[rř]ístup|bezpe[cč]n|jednor[aá]zov|"
    r"prijav|pristupn|jednokratn|enkratn|varnostn|sigurnosn|ellen[oő]rz|meger[oő]s[ií]t|bel[eé]p|bejelentkez|egyszer|biztons[aá]gi|do[gğ]rulama|onay|g[uü]venlik|giriş|tek kullan[ıi]ml[ıi]k|t[aə]sdiq|təhlükəsizlik|"
    r"patvirtin|prisijungim|saugos|vienkartin|apstiprin|drošības|piekļuves|pieslēgšan|vienreiz|segurtasun|egiaztapen|baieztapen|verifik|konfirm|siguri|log-?[io]n|log in|sign[ -]?in|sign[ -]?on|"
    r"sms|pin|one[ -]time|backup|recovery|access|unlock|door|gate|garage|alarm|entrance|lockbox|locker|reset|entry|2-?step|two-factor|mfa|security|"
    # Greek, Cyrillic, Georgian, Armenian
    r"επαλήθευσ|επιβεβαίωσ|ασφαλε|подтвер|підтвердж|пацвярдж|потв[ъ]?р[дж]|безопасн|безпек|безбедн|сигурносн|верифик|верифік|актив|авториз|проверочн|перевірочн|одноразов|секретн|растау|қауіпсіздік|ырастоо|"
    r"баталгаажуул|нэг удаагийн|нэвтрэх|тасдиқ|ვერიფიკაცი|დადასტურებ|ერთჯერად|უსაფრთხოებ|հաստատ|մեկանգամ|անվտանգ|"
    # Urdu, scripts of India and its neighbors
    r"تصدیق|سیکیورٹی|सत्यापन|पुष्टि|पडताळणी|प्रमाण|सुरक्षा|वेरिफ|যাচাই|ভেরিফিকেশন|নিশ্চিত|নিরাপত্তা|சரிபார்|உறுதி|பாதுகாப்பு|ధృవీ|నిర్ధార|భద్రత|వెరిఫి|ಪರಿಶೀಲ|ದೃಢೀ|സ്ഥിരീ|പരിശോധ|വെരിഫി|ચકાસ|વેરિફિ|પુષ્ટિ|ਪੁਸ਼ਟੀ|ਤਸਦੀਕ|ସତ୍ୟାପନ|සත්යාප|තහවුරු|"
    # South East and East Asia, Ethiopia
    r"ማረጋገ|အတည်ပြု|验证|驗證|校验|校驗|动态|動態|短信|簡訊|安全|授权|登录|登入|确认|確認|激活|开通|认证|認證|認証|ワンタイム|セキュリティー?|ログイン|인증|확인|보안|로그인"
)
"""What such a code does: the beginnings of words for verifying, confirming, activating and securing, before the word for a code."""
_VERIFIED: Final = (
    # Latin
    r"v[eé]rif|authent|autent|autori[sz]|confirm|conferm|activa[ctz]|(?:con)?valida[tcçz]|walidac|s[eé]curit|confidenti|token|segur|sicurezz|acc?[eè]s|unique|[uú]nic[oa]?|usage unique|de un solo uso|monouso|inici|ingreso|entrada|entr[eé]e|porte|porta|puerta|connexion|temporan|temporal|"
    r"weryfik|potwierdz|autoryz|logowania|dost[eę]p|sms|otp|pin|2fa|secret|egiaz|segurtasun|verifikimi|konfirmimi|siguri|dilysu|diogelwch|deimhni|fíora|slándála|"
    r"xác (?:minh|nhận|thực)|bảo mật|đăng nhập|pengesahan|keselamatan|keamanan|verifikasi|konfirmasi|akses|aktivasi|masuk|uthibit|"
    # Greek, Cyrillic
    r"επαλήθευσ|επιβεβαίωσ|ασφαλε|μ[ιί]ας χρ|σύνδεσ|πρόσβασ|подтвер|підтвердж|пацвярдж|потв[ъ]?р[дж]|безопасн|безпек|сигурн|верифик|верифік|актив|авториз|доступ|достъп|провер|перевір|вход|вхід|вход|логин|логін|из смс|із смс|з смс|смс|"
    # Hebrew, Arabic, Persian, South East Asia
    r"ה?(?:אימות|אישור|כניסה|גישה|סודי|זיהוי|חד[- ]?פעמי)|(?:ال)?ت?حقق|(?:ال)?ت[أا]كيد|(?:ال)?تفعيل|(?:ال)?دخول|(?:ال)?[أا]مان|(?:ال)?سري|تایید|تأیید|فعال|پیامک|ورود|پویا|امنیت|دسترس|یکبار|ยืนยัน|พิน|ความปลอดภัย|ຢືນຢັນ|ផ្ទៀងផ្ទាត់|បញ្ជាក់"
)
"""The same after the word for a code."""
_ASCII: Final = (
    r"\bnip\b|otps?|eng[aå]ngskod\p{L}*|kod jednorazowy|\bpin[ -]?(?:code|nummer|number|kood|kod)[a-z]{0,4}|\bpins?\b|\bpuk2?\b|\b[mt]-?pin\b|\b(?:m|i|push|photo|sms)?-?tan\b|\b(?:2|m)fa\b|\bcv[cv]2?\b|\bccv2?\b|\bcvn\b|\btac\b|"
    r"kodunuz|kodum|code (?:de )?(?:sms|secret|2fa)|kod (?:pin|sms)|keycode|clave (?:din[aá]mica|temporal)|(?:safe|lock|locker|vault) (?:combination|combo)|token (?:do banco|banc[aá]ri[oa]|de segur\w+)|one[ -]time (?:pin|pass)\b|namb(?:a|ari) ya siri"
)
_OTHER: Final = (
    r"พิน|kertakäyttö\p{L}*|jednorázov\p{L}+ kód\p{L}*|код із смс|код з смс|пин(?:-?код)?|пін(?:-?код)?|ओ ?टी ?पी|पिन|ওটিপি|পিন|పిన్|ಪಿನ್|പിൻ|પિન|ਪਿੰਨ|ஓ(?:டி|டீ)பி|ఓటీపీ|ఓటిపి|ಒಟಿಪಿ|ഒടിപി|ઓટીપી|ਓਟੀਪੀ|ଓଟିପି|او ?ٹی ?پی|او ?تي ?بي|"
    r"رمز یکبار مصرف|暗証番号|認証番号|認証キー|ワンタイムパスワード|인증 ?번호|확인 ?번호|핀 ?번호|일회용 ?(?:비밀)?번호|支付密码|動態密碼|动态密码|โอทีพี|รหัสotp"
)
_CODES: Final = (f"(?i){_ASCII}", f"(?i){_OTHER}")
"""Words for codes that are secret, without and with letters outside of ASCII."""
_VERIFYING: Final = (
    r"(?i)c[oó]d(?:[eiou]|ul|ice|igo)?|k[oó]+[dð]|msimbo",
    r"(?i)код|κωδικ|კოდ|կոդ|קוד|رمز|كود|کد|کوڈ|कोड|কোড|குறியீ|కోడ్|ಕೋಡ್|കോഡ്|કોડ|ਕੋਡ|କୋଡ|කේත|ኮድ|รหัส|ລະຫັດ|កូដ|ကုဒ်|码|碼|コード|코드|mã",
)
"""Words for any code, or the ends of words for one."""
_CODE_WORDS: Final = (
    r"(?i)\bcodes?\b|\bkood\p{L}{0,2}\b|\bkod[ei]?\b|\bkods\b|\bkodas\b|\bcodi\b|\bmsimbo\b|კოდ|կոդ|کوڈ|کد|কোড|குறியீ|కోడ్|ಕೋಡ್|കോഡ്|કોડ|ਕੋਡ|କୋଡ|කේත|ኮድ|ລະຫັດ|កូដ|ကုဒ်|\bc[oó]digo\b|\bcodice\b|\bkod\p{L}{0,3}\b|\bkód\p{L}{0,3}\b|\bкод\p{L}{0,2}\b|\bkode\b|رمز|كود|קוד|कोड|รหัส|\bmã\b|코드|コード|"
    r"κωδικ\p{L}{1,3}|\bcod(?:ul)?\b|\bkoodi\p{L}{0,3}"
)


def digits_after(candidate: Candidate) -> Iterator[Span]:
    """Mask three to eight digits after a word for a code, with at most a few small words between."""
    if not stands_alone(candidate):
        return
    below = line_below(candidate, words_before=2)
    if below is not None and _PLURAL.fullmatch(candidate.value) is None:
        alone = _CARD_CODE if _ON_CARD.search(candidate.value) else _CODE_ALONE
        if alone.fullmatch(candidate.text[below.start : below.end]):
            yield below
            return
    # "Code 4839,5分" is a code and how long it is valid; other digits after a comma belong to an amount.
    found = re.match(
        rf"(?:[^\d\n.!?]{{0,3}}|[^\d\n.!?]{{0,2}}(?:{SETS})\s?|\s(?:\w{{1,8}}\s){{0,2}}(?:{IS}|{SETS})\s?:?\s?(?:(?:the|le|la|el|il|o|now)\s)?)[\"'«]?"
        r"(?P<code>\d{4}(?:[ -]\d{4}){1,6}(?:[ -]\d{2,3})?|\d{3}(?:[ -]\d{3}){1,3}|\d{2}(?:[ -]\d{2}){1,3}|\d(?: \d){3,7}|\d{3,8})(?!(?:[./:-]|,(?!\d{1,2}[分時时]))?\d)",
        candidate.text[candidate.end : candidate.end + SCAN],
        re.IGNORECASE,
    )
    if found is not None and not re.match(
        r"\s?(?:times|mal|fois|veces|min|sec|days?|hours?|%)\b", candidate.text[candidate.end + found.end() :][:8]
    ):
        yield Span(candidate.end + found.start("code"), candidate.end + found.end("code"), TOKEN)


_CODE_ALONE: Final = re.compile(r"(?!(?:19|20)\d\d$)\d{4,8}|\d{3}-\d{3}")
_CARD_CODE: Final = re.compile(r"\d{3,4}")
_PLURAL: Final = re.compile(r"(?i)(?:pin|otp|code|password)s")
"""A word over a count rather than a code."""


_SENT: Final = re.compile(
    r"\bsms\b|text(?:ed|s| message)?\b|e-?mailed|received?|got\b|sent\b|verif|confirm|one[- ]time|login|2fa|otp|re[cç]u|envoy|recib|lleg|mand|envi|cheg|receb|"
    r"ricev|arriva|inviat|ontv|gestuur|bekommen|erhalten|geschickt|gesendet|dosta|otrzyma|przysz|przysł|přiš|dosta|poslal|смс|приш|присл|надісл|получ|отрим|"
    r"وصل|أرسل|التحقق|קיבל|שלח|נשלח|मिला|आया|भेजा|ได้รับ|ส่ง|nhận|gửi|terima|kirim|gel(?:en|di)|gönder|fick|fått|skick|modta|sendt|saapu|sain|kapott|küld|primit|trimis|"
    r"\bkap(?:ta[mk]|tuk)\b|primi[tl]|sosi|stigl|pristig|дойде|изпрат|дође|стиг|келді|keldi|ирлээ|მომივიდა|გამოგზავნ|ստացա|آمد|ارسال|وصلني|আসে|এসেছে|வந்த|వచ్చిన|വന്ന|આવ્યો|ਆਇਆ|มา|đến|masuk|dapat|natanggap|nilipokea|"
    r"έλαβ|ήρθε|στείλ|문자|받|인증|届い|送られ|認証|短信|收到|验证|驗證",
    re.IGNORECASE,
)
_CHANNEL: Final = re.compile(
    r"\bsms|смс|სმს|text(?:ed| message)|whats ?app|\be-?mail|\bcorreo\b|短信|簡訊|문자|メール", re.IGNORECASE
)
"""What a code is sent by, which people may name after it: "the code 48213 came by SMS"."""
_OTHER_CODE: Final = re.compile(
    r"(?<![^\W\d_])(?:error|erreur|fehler|erro|errore|fout|fel|feil|fejl|błęd|chyb|chýb|ошиб|помилк|грешк|σφάλμα|hata|virhe|vea|kļūd|klaid|greš|hiba|eroare|ralat|xəta|xato|қате|алдаа|fault|trouble|"
    r"http|status|exit|return|response|reason|promo|discount|coupon|voucher|gutschein|rabat|indirim|alennus|soodus|atlaid|nuolaid|kedvezm|kupon|скидк|знижк|купон|κουπόνι|קופון|كوبون|कूपन|কুপন|คูปอง|쿠폰|クーポン|"
    r"post|zip|pin|posta|pasta|pašto|irányító|country|area|dial|qr|bar|source|product|produ[ck]t|produs|ürün|tuote|toote|prece|prek|termék|izdelk|proizvod|артикул|товар|artic|artik|item|order|colou?r|model|"
    r"पिन|त्रुटि|उत्पाद|পিন|పిన్|ಪಿನ್|പിൻ|પિન|ਪਿੰਨ|エラー|商品|製品|产品|產品|错误|錯誤|优惠|折扣|割引|오류|에러|상품|제품|할인|우편)[^\s\d]{0,8}[ -]?$",
    re.IGNORECASE,
)


def _sent_code(candidate: Candidate) -> Iterator[Span]:
    """Mask the digits of a code that was sent to somebody, but not error codes or postal codes."""
    if candidate.begins_inside_a_word or _OTHER_CODE.search(candidate.before) or _is_tag(candidate):
        return
    ending = _INFLECTION.match(candidate.text[candidate.end : candidate.end + SCAN])
    end = candidate.end + (ending.end() if ending else 0)
    ahead = re.split(r"[.!?。！？\n]", candidate.text[end : end + 60], maxsplit=1)[0]
    mixed = _mixed_code(Candidate(candidate.text, candidate.start, end))
    if _SENT.search(candidate.before) and (spans := list(mixed)):
        yield from spans
        return
    found = re.match(
        rf"(?P<gap>[^\d]{{0,45}}?)(?P<code>{_SPACED}|\d{{3}}[ -]\d{{3}}|\d{{4,8}})(?![\d .,/:-]?\d)", ahead
    )
    if found is None or UNITS.match(ahead[found.end() :].lower()):
        return
    after = ahead[found.end() :]
    comes_next = _IS_BARE.fullmatch(found["gap"]) is not None
    is_told = (
        re.fullmatch(rf"\d{{6}}|\d{{3}}[ -]\d{{3}}|{_SPACED}", found["code"])
        or _CHANNEL.search(after)
        or _FAILS.search(after)
    )
    is_sent = (
        _SENT.search(candidate.before)
        or _SENT.search(found["gap"])
        or (_IS_MINE.search(candidate.before) and _IS_BARE.fullmatch(found["gap"]))
    )
    if is_sent or (comes_next and is_told and re.fullmatch(r"(?:19|20)\d\d", found["code"]) is None):
        yield Span(end + found.start("code"), end + found.end("code"), TOKEN)


_SPACED: Final = r"\d(?: \d){4,7}|\d\d(?:[ -]\d\d){2,3}"
"""A code as people dictate it: digit by digit, or in pairs."""
_INFLECTION: Final = re.compile(
    rf"(?:(?![\d\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]){LETTER}){{0,6}}"
)
"""The end of a word, in scripts with spaces between words."""
_FAILS: Final = re.compile(
    r"expired?|invalid|incorrect|wrong|\bworks?\b|working|reject|accept|log ?in|abgelaufen|ungültig|falsch|funktioniert|geht nicht|klappt|expir|inv[aá]lid|marche|fonctionne|"
    r"no (?:sirve|funciona|vale)|caduc|vencid|errad|scadut|non (?:va|funziona)|sbagliat|verlopen|ongeldig|werkt|wygas|nieprawid|błędn|nie dzia|neplat|nefung|lejárt|érvénytelen|"
    r"nem (?:jó|működ)|nu merge|nu funcț|не (?:работ|подход|прац|підх|действ|приним|прийм|вярно)|устар|истек|неверн|geçersiz|yanlış|çalışm|süresi|منته|خاطئ|لا يعمل|غير صحيح|منقضی|کار نمی|اشتباه|"
    r"לא עובד|שגוי|פג תוקף|काम नहीं|गलत|কাজ কর|ভুল|வேலை செய்ய|పని చే|ใช้ไม่ได้|ผิด|หมดอายุ|không (?:được|đúng)|hết hạn|\bsai\b|gagal|salah|tidak (?:bisa|valid)|无效|失效|过期|错误|不对|無効|使え|間違|"
    r"안 ?돼|안 ?됨|오류|만료|틀렸|არ მუშაობ|չի աշխատ|ei (?:toimi|tööta)|vanhen|neveik|nedarb|(?:gäller|fungerar) inte|(?:virker|gælder) ikke|ugyldig|utgått|haifanyi"
)
"""Words that say that a code does not work, which people say of the codes that they were sent."""
_IS_MINE: Final = re.compile(rf"\b(?:{MY}) ?$")
_IS_BARE: Final = re.compile(rf"\W*(?:(?:{IS})\W{{1,2}})?")
_SAID_FIRST: Final = re.compile(
    r"(?<![\w.,:/#$€£-])(?:[A-Z]-)?(?P<code>(?!(?:19|20)\d\d\b)\d{4,8}|\d{3}[ -]\d{3})[\"'»]?"
    rf"(?:\s(?:{IS}|as|als|comme|como|come|jako|как|як|som)\s(?:[^\W\d_]{{1,12}}[ '’]){{0,3}}|(?P<dash>\s?[-–—]\s)(?:(?P<mine>the|{MY})\s)?(?:[^\W\d_]{{1,12}} )?"
    r"|\s?(?:是|为|為|は|が)(?:您的|你的|我的)?)$",
    re.IGNORECASE,
)
"""A code before the word for it, as messages from services say: "48213 is your verification code"."""


def _code_before(candidate: Candidate) -> Iterator[Span]:
    """Mask the digits of a code that precede the word for it."""
    if candidate.begins_inside_a_word or is_word_beginning(candidate) or _OTHER_CODE.search(candidate.before):
        return
    cut = max(0, candidate.start - SCAN)
    found = _SAID_FIRST.search(candidate.text[cut : candidate.start].rpartition("\n")[2])
    if found is None or _NO_CODE.search(found.string[: found.start()]):
        return
    if found["dash"] and not (found["mine"] or " " in candidate.value):  # "4839 - PIN entry fails"
        return
    at = candidate.start - len(found.string)
    yield Span(at + found.start("code"), at + found.end("code"), TOKEN)


_CODE_GAP: Final = re.compile(
    r"(?P<gap>(?:[^\w\n.!?]{0,2}[^\W\d_]{1,12}){1,5}[^\w\n.!?]{1,3})(?P<code>\d{4,8}|\d{3} \d{3})(?![\d.,/:-]?\d)"
)
_SHORT_CODE_GAP: Final = re.compile(
    r"(?P<gap>(?:[^\w\n.!?]{0,2}[^\W\d_]{1,12}){1,5}[^\w\n.!?]{1,3})(?P<code>\d{3})(?![\d.,/:-]?\d)"
)
_ON_CARD: Final = re.compile(r"cv[cvn]|s[eé]?[ck]u?r|sicherheits|veilig|sikkerhe|s[aä]kerhet|turva", re.IGNORECASE)
"""Codes on cards have three digits."""
_NO_CODE: Final = re.compile(
    r"(?:version|update|page|ios|android|build|error|since|seit|depuis|desde|line|step|code|in|year|about|after|times|took|within|every|over|"
    r"only|for|limit|max|min|row|item|ticket|order)\W*$",
    re.IGNORECASE,
)


def _far_code(candidate: Candidate) -> Iterator[Span]:
    """Mask four to eight digits a few words after a word for a code."""
    if not stands_alone(candidate):
        return
    text = candidate.text
    tail = text[candidate.end : candidate.end + SCAN]
    found = _CODE_GAP.match(tail) or (_SHORT_CODE_GAP.match(tail) if _ON_CARD.search(candidate.value) else None)
    if candidate.value == "tan":  # mostly a color
        return
    if found is None or re.fullmatch(r"(?:19|20)\d\d", found["code"]) or _NO_CODE.search(found["gap"]):
        return
    rest = text[candidate.end + found.end() :][:20].lower()
    counted = rest.lstrip().startswith(candidate.value.lower().rstrip("s"))  # "a PIN board with 1200 pins"
    if not (counted or UNITS.match(rest)):
        yield Span(candidate.end + found.start("code"), candidate.end + found.end("code"), TOKEN)


def _any_code(candidate: Candidate) -> Iterator[Span]:
    if not (
        is_word_beginning(candidate)
        or _is_ending(candidate)
        or _is_battery(candidate)
        or _POSTAL.match(candidate.after)
    ):
        found = list(digits_after(candidate)) or list(_far_code(candidate)) or list(_code_before(candidate))
        yield from found
        yield from (other for span in found[-1:] for other in _other_code(candidate, span))


_INSTEAD: Final = r"\W{1,3}(?:(?:and |but |und |et |y |e |и |а )?(?:not|instead of|rather than|nicht|statt|non|pas|no|não|niet|inte|ikke|nie|не|değil|or|oder|ou|o|или)) (?:\w{1,5} )?"


def _other_code(candidate: Candidate, span: Span) -> Iterator[Span]:
    """Mask a second code beside the first, as in "4839, not 4389"."""
    length = span.end - span.start
    found = re.match(rf"{_INSTEAD}(?P<code>\d{{{length}}})(?!\d)", candidate.text[span.end : span.end + SCAN])
    if found is not None:
        yield Span(span.end + found.start("code"), span.end + found.end("code"), TOKEN)


def _is_ending(candidate: Candidate) -> bool:
    """Return whether "tan" is the ending of a name, as in Turkish: "from the bank" is ``Banka'tan``."""
    return candidate.value.lower() == "tan" and _NAME.search(candidate.before) is not None


_NAME: Final = re.compile(r"(?<![^\W\d_])(?!(?:d|l|qu|un|(?:d|n)?ell|all|dall|sull)['’])[^\W\d_]+['’]$")
"""A word before an apostrophe that is not a French or Italian article."""


_POSTAL: Final = re.compile(r" ?(?:कोड|কোড|కోడ్|ಕೋಡ್|കോഡ്|કોડ|ਕੋਡ)")
"""In India, a "pin code" in letters of the country is a postal code."""


_VIETNAMESE: Final = re.compile(r"[ơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")
_CAPACITY: Final = re.compile(r"\W{0,3}\d{3,5} ?m(?:ah?)?\b")
_ROUND: Final = re.compile(r"\W{0,3}\d{2}00\b")


def _is_battery(candidate: Candidate) -> bool:
    """Return whether "pin" is a battery, as in Vietnamese, where a code is mostly a "mã pin" and hardly a round number."""
    if candidate.value.lower() != "pin":
        return False
    if _CAPACITY.match(candidate.after):
        return True
    is_code = candidate.value == "PIN" or re.search(r"m[ãa] $", candidate.before) is not None
    is_vietnamese = _VIETNAMESE.search(candidate.before + candidate.after) is not None
    return not is_code and is_vietnamese and _ROUND.match(candidate.after) is not None


def _is_tag(candidate: Candidate) -> bool:
    """Return whether "code" is a tag, as in ``<code>300000</code>``."""
    return candidate.before.endswith(("<", "</"))


_PURPOSE: Final = re.compile(rf"(?<![A-Za-z\u00c0-\u052f])(?:{_VERIFIES})[^\s\d]{{0,12}}[ -]?$", re.IGNORECASE)
_ENDING: Final = re.compile(rf"(?:(?!\d){LETTER}){{0,6}}")
_PURPOSE_AFTER: Final = re.compile(
    rf"[^\W\d_]{{0,4}}(?:[ '-][^\W\d_]{{1,3}}){{0,2}}[ '-]?(?:{_VERIFIED})[^\s\d:=]{{0,12}}", re.IGNORECASE
)


def _verifying(candidate: Candidate) -> Iterator[Span]:
    """Mask the digits of a code if the words before or after it say that it verifies or opens something."""
    text = candidate.text
    if _is_tag(candidate):
        return
    before = _PURPOSE.search(candidate.before)
    after = _PURPOSE_AFTER.match(text[candidate.end : candidate.end + SCAN])
    if before is None and (after is None or candidate.begins_inside_a_word):
        return
    start = candidate.start - len(before[0]) if before else candidate.start
    ahead = after or _ENDING.match(text[candidate.end : candidate.end + SCAN])
    whole = Candidate(text, start, candidate.end + (ahead.end() if ahead else 0))
    spans = list(_mixed_code(whole)) or list(digits_after(whole)) or list(_far_code(whole)) or list(_code_before(whole))
    yield from spans
    yield from _more_codes(text, spans[-1:])


_MOST_CODES: Final = 16


def _more_codes(text: str, spans: list[Span]) -> Iterator[Span]:
    """Mask the other codes of a list, which are as long as the first."""
    for span in spans:
        form = re.sub(r"\w", r"[A-Za-z0-9]", re.escape(text[span.start : span.end]).replace("\\", ""))
        end = span.end
        for _ in range(_MOST_CODES):
            found = re.match(rf"[ ,;/|]{{1,3}}(?P<code>{form})(?!\w)", text[end : end + SCAN])
            if found is None or not re.search(r"\d", found["code"]):
                return
            yield Span(end + found.start("code"), end + found.end("code"), TOKEN)
            end += found.end("code")


_MIXED_CODE: Final = re.compile(
    rf"\W{{0,4}}(?:(?i:{IS})\W{{1,3}})?(?P<code>(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z\d]{{3,5}}-?[A-Z\d]{{2,5}}"
    r"|(?=[A-Z-]*\d)(?=[\d-]*[A-Z])[A-Z\d]{3,6}(?:-[A-Z\d]{3,6}){2,7}"
    r"|(?=[a-z-]*\d)(?=[\d-]*[a-z])[a-z\d]{4,6}(?:-[a-z\d]{4,6}){1,7})(?![^\W_]|[.-]\w)"
)


def _mixed_code(candidate: Candidate) -> Iterator[Span]:
    """Mask a code of capitals and digits, or of groups of small letters and digits, that follows directly."""
    found = _MIXED_CODE.match(candidate.text[candidate.end : candidate.end + SCAN])
    if found is not None:
        yield Span(candidate.end + found.start("code"), candidate.end + found.end("code"), TOKEN)


_ENTER: Final = (
    r"\b(?:enter|input|type|use|utilis\p{L}+|verwende\p{L}*|benutze\p{L}*|tapez|entrez|saisi\p{L}*|composez|gib|geben sie|introdu\p{L}*|ingres\p{L}+|"
    r"escrib\p{L}+|digit\p{L}+|insira|inseri\p{L}+|voer|toets|skriv|ange|(?:ind)?tast|syötä|naudokite|įveskite|ievadiet|sisesta\p{L}*|wpisz|podaj|zadejte|zadajte|"
    r"unesite|vnesite|írd be|adja meg|introduceți|въведете|введ\p{L}+|ввести|nhập|masukkan|ilagay|weka|εισάγετε|εισαγετε|πληκτρολογ\p{L}+|أدخل|ادخل|הזן|הקלד|กรอก|ใส่|"
    r"输入|輸入|填写)"
)
"""Words for entering something, before it."""
_ENTERED: Final = r"ein(?:geben)?\b|eingeben\b|girin\p{L}*|gir\b|وارد کن\p{L}*|दर्ज|দিন|を?入力|을? ?입력"
"""The same after it."""
_DIGITS: Final = r"(?:\d{3}[ -]\d{3}|\d{4,8})"
_ENTRIES: Final = (
    rf"(?i){_ENTER}[^\w\n]{{0,3}}(?:(?:the|le|la|el|il|o|de|den|det) )?[\"'«]?{_DIGITS}|"
    rf"{_DIGITS}(?:[^\w\n]{{0,4}}{_ENTER}|[\"'»]?\s?(?:{_ENTERED}))"
)
_IN_ENTRY: Final = re.compile(rf"(?<!\d){_DIGITS}(?!\d)")
_SO_AS_TO: Final = re.compile(f"{_VERIFIES}|{_VERIFIED}", re.IGNORECASE)


def _code_to_enter(candidate: Candidate) -> Iterator[Span]:
    """Mask digits to enter that verify something: "enter 482913 to verify"."""
    found = _IN_ENTRY.search(candidate.value)
    is_part = candidate.cuts_a_word or re.match(r"[.,:/-]\d", candidate.after)
    if found is None or is_part or _ROUND_OR_YEAR.fullmatch(found[0]) or UNITS.match(candidate.after):
        return
    before, after = re.split(r"[.!?。]", candidate.before)[-1], re.split(r"[.!?。]", candidate.after)[0]
    if _SO_AS_TO.search(after) or (not candidate.value[0].isalpha() and _SO_AS_TO.search(before)):
        yield candidate.span(TOKEN, of=found.span())


_ROUND_OR_YEAR: Final = re.compile(r"\d+000|(?:19|20)\d\d")


_GENERATORS: Final = r"(?i)\b(?:authenti[ck]at\p{L}+|aut[eh]+nti[cf]\p{L}*ador\p{L}*|authy)\b"
"""Programs that show a code of six digits for half a minute (RFC 6238)."""
_SHOWN: Final = re.compile(
    r"(?:[^\w\n.!?]{0,2}[^\W\d_]{1,12}){0,5}[^\w\n.!?]{1,3}(?P<code>\d{3} ?\d{3})(?![.,:/-]?\d)(?! ?[^\W\d_]{3,}s\b)"
)


def _shown_code(candidate: Candidate) -> Iterator[Span]:
    """Mask six digits that a program for codes shows, but no count: "authenticator has 100000 users"."""
    found = _SHOWN.match(candidate.text[candidate.end : candidate.end + SCAN])
    if found is not None and not found["code"].endswith("000"):
        yield Span(candidate.end + found.start("code"), candidate.end + found.end("code"), TOKEN)


def _whole(candidate: Candidate) -> Iterator[Span]:
    yield candidate.span(TOKEN)


def _code(candidate: Candidate) -> Iterator[Span]:
    yield from (list(_sent_code(candidate)) or _code_before(candidate))


CODES: Final = (
    *(
        Finder(words, _any_code, needs)
        for words, needs in zip(_CODES, ("[0-9]{2}[ -]?[0-9]", OTHER_LETTERS), strict=True)
    ),
    *(Finder(words, _verifying, needs) for words, needs in zip(_VERIFYING, (DIGITS, OTHER_LETTERS), strict=True)),
    Finder(_CODE_WORDS, _code, DIGITS),
    Finder(r"\bG-[0-9]{6}\b", _whole, "[0-9]{3}[ -]?[0-9]", NEIGHBORS),  # as Google sends them
    Finder(_GENERATORS, _shown_code, "[0-9]{3}[ -]?[0-9]"),
    Finder(_ENTRIES, _code_to_enter, "[0-9]{3}[ -]?[0-9]", LINE),
)
