"""Words for the numbers that governments, insurers and banks issue to people, and for accounts."""

from __future__ import annotations

from typing import Final

__all__ = ["ACCOUNTS", "NUMBER_WORDS", "ORDINARY_WORDS", "PERSONAL_NUMBERS"]

_GERMANIC_ROMANCE_SLAVIC: Final = (
    # English
    r"social (?:security|insurance)|\bssn\b|\bsin\b|national (?:id|insurance)|\bni (?:number|no)\b|\bnino\b|id[ -]?card|identity (?:card|number)|passport|"
    r"driv(?:er'?s?|ing) licen[cs]e|tax(?:payer)? (?:id|number|no)|\btin\b|\bein\b|\bnhs\b|medicare|insurance (?:no|number|id)|\butr\b|policy (?:no|number)|patient (?:id|no|number)|"
    r"member(?:ship)? (?:id|no|number)|customer (?:id|no|number)|account (?:no|number|nr)|sort code|routing(?: (?:no|number))?|bank account|identification (?:no|number)|"
    r"voter id|\bic (?:no|number)|\bnid\b|\bmrn\b|(?:student|employee|medical record|resident|residence permit|licen[cs]e) (?:no|number)|"
    r"\bpps(?:n| number)\b|\bnric\b|\bfin (?:no|number)\b|\btfn\b|\babn\b|"
    # German, Dutch
    r"steuer-?(?:id\w*|nr|nummer)|\bidnr\b|identifikationsnummer|sozialversicherung\w*|(?:renten|kranken)?versicherungs-?(?:nr|nummer)|personalausweis\w*|ausweis\w*|reisepass\w*|f[uü]hrerschein\w*|(?:kranken)?versicherten\w*|kunden-?(?:nr|nummer)|"
    r"mitglieds-?(?:nr|nummer)|konto(?:nummer|nr)?|\bblz\b|krankenkasse\w*|ahv|svnr|"
    r"\bbsn\b|burgerservicenummer|paspoort|rekening(?:nummer)?|klantnummer|rijksregister\w*|rijbewijs\w*|identiteitskaart\w*|"
    # French, Spanish, Portuguese, Italian, Romanian
    r"s[eé]cu(?:rit[eé] sociale)?|carte d.identit[eé]|passeport|\bpermis\b|num[eé]ro (?:fiscal|client|d.adh[eé]rent)|n° (?:client|adh[eé]rent|allocataire)|\bnir\b|\brib\b|compte|\birpp?\b|num[eé]ro national|"
    r"\bdni\b|\bnie\b|\bnif\b|pasaporte|c[eé]dula|\bcurp\b|\brfc\b|\brut\b|\bruc\b|\bcuit\b|\bcuil\b|\bnss\b|seguridad social|cuenta|n[uú]mero de (?:cliente|socio)|carn[eé]t? de (?:identidad|conducir)|licencia de conducir|"
    r"\bcpf\b|\bcnpj\b|\bcnh\b|\bpis\b|\brg\b|passaporte|contribuinte|cart[aã]o de cidad[aã]o|\bconta\b(?: corrente)?|ag[eê]ncia|"
    r"codice fiscale|partita iva|\bp\.? ?iva\b|passaporto|carta d.identit[aà]|tessera sanitaria|\bc\.f\.|\bconto\b(?: corrente)?|"
    r"cod(?:ul)? numeric personal|\bcnp\b|buletin\w*|carte de identitate|pa[sș]aport\w*|"
    # The Nordic languages
    r"personnummer|samordningsnummer|f[oø]dselsnummer|\bcpr\b|\bhetu\b|henkil[oö]tunnus|kennitala|kundnummer|pass(?:nummer| nr|i)\b|k[oö]rkort\w*|førerkort\w*|kørekort\w*|ajokort\w*|"
    # Slavic languages
    r"\bpesel\b|\bnip\b|paszport|dow[oó]d(?:u)? osobist\w+|nume?r(?:u|em)? dowodu|praw[oa] jazdy|rodn[eé] č[ií]slo|ob[cč]i?ansk\w+|č[ií]slo pasu|\begn\b|егн|\boib\b|jmbg|[јj]мбг|ембг|"
    r"li[cč]n[aeiuou]{1,2} kart\w+|лична карта|osobn[aeiouj]{1,2} iskaznic\w+|putovnic\w+|\bemšo\b|davčna številka|"
    r"паспорт\w*|снилс|инн|полис\w*|водительск\w+|огрн|удостоверени\w+|[рІі]нн|іпн|рнокпп|посвідченн\w+|податков[а-яії]{2,4} номер|номер платника"
)
_OTHERS: Final = (
    # Hungarian, the Baltic languages, Albanian, Greek
    r"szem[eé]lyi\w*|\btaj\b|ad[oó]sz[aá]m|ad[oó]azonos[ií]t[oó]\w*(?: jel\w*)?|[uú]tlev[eé]l\w*|"
    r"asmens kod\w+|isikukood\w*|personas kod\w+|numri personal|α\.?φ\.?μ|αμκα|διαβατ[ηή]ρι\w+|ταυτ[οό]τητ\w+|"
    # Turkic languages, Georgian, Armenian
    r"kimlik|t\.?c\.? ?(?:kimlik|no)|\bt\.c\.|pasaport|vergi no|hesap no|ehliyet\w*|vəsiqə\w*|жсн|პირადი ნომერი|անձնագիր\w*|"
    # Languages of South Asia
    r"aadhaar|aadhar|आधार|\bpan\b|पासपोर्ट|passbook|पहचान पत्र|ड्राइविंग लाइसेंस|ఆధార్|ஆதார்|ಆಧಾರ್|ആധാർ|આધાર|ਆਧਾਰ|पैन|"
    r"জাতী(?:\u09df|\u09af\u09bc) পরিচ(?:\u09df|\u09af\u09bc)পত্র|এনআইডি|পাসপোর্ট|\bcnic\b|شناختی کارڈ|پاسپورٹ|"
    # Languages of South East Asia, Swahili, Amharic
    r"\bnik\b|\bktp\b|paspor|rekening|mykad|npwp|bpjs|kad pengenalan|philhealth|cmnd|cccd|căn cước|hộ chiếu|mã số thuế|chứng minh (?:nhân dân|thư)|"
    r"บัตรประชาชน|ประจำตัวประชาชน|พาสปอร์ต|หนังสือเดินทาง|kitambulisho\w*|pasipoti|መታወቂያ|"
    # Hebrew, Arabic, Persian
    r"תעודת זהות|ת[.\"'״׳]?ז|מספר זהות|דרכון|رقم الهوية|الهوية|جواز السفر|جواز|رقم الحساب|کد ملی|کدملی|شماره ملی|کارت ملی|گذرنامه|شماره حساب|"
    r"الرقم القومي|رقمي القومي|رقم قومي|رقم الإقامة|الهوية الوطنية|بطاقة التعريف|رخصة القيادة|iqama|emirates id|"
    # Bank accounts
    r"\bclabe\b|\bcbu\b|\bcvu\b|\biban\b|\bbic\b|\bbsb\b|\bifsc\b|"
    # Chinese, Japanese, Korean
    r"身份證|身份证|身分證|证件号|證件號|护照|護照|驾驶证|駕照|健保卡|社保|账号|帳號|银行账户|マイナンバー|個人番号|パスポート|旅券|在留カード|保険証|登録番号|回乡证|台胞证|通行证|年金番号|口座番号|口座|免許証|"
    r"주민등록번호|주민번호|외국인등록번호|여권|계좌|운전면허"
)

PERSONAL_NUMBERS: Final = (_GERMANIC_ROMANCE_SLAVIC, _OTHERS)
"""In two patterns, since a search for all words at once would take four times as long."""

ORDINARY_WORDS: Final = frozenset(
    "bic compte conta conto cuenta ein konto nid nie nik nino nip nir nss pan permis rg pis rib rut ruc sin taj tin".split()  # noqa: SIM905  # a list of words
)
"""Those of them that also are ordinary words in some language: "sin embargo", "pan-European"."""

NUMBER_WORDS: Final = r"no|nr|num|number|numer|nummer|numero|número|numéro|numéros?|číslo|номер|№|مصرف|رقم|เลขที่|số|is|ist|est|es|é|è|to|je|numara\w*|nomor|raqam|αριθμός|ni|yra|jest|är|er|on|है|नंबर|নম্বর|号|號|番号|번호|หมายเลข|מספר|شماره"
"""What may stand between such a word and the number: words for "number" and "is"."""

ACCOUNTS: Final = (
    r"\b(?:acc(?:oun)?t|acc|a/c)s?\b|\bkont[oau]\b|č[ií]sl[oa] [uú]čtu|\b[uú]č(?:et|tu|te)\b|bankszámla\w*|számlaszám\w*|\bcompte\b|\bcuenta\b|\bconta\b|"
    r"\bconto\b|rekening\w*|bankrekening\w*|kontonummer|kontonr|\btili(?:numero)?\w*|сч[её]т\p{L}*|рахун\p{L}+|λογαριασμ\p{L}+|hesap\w*|حساب\p{L}*|"
    r"חשבון|खाता|tài khoản|\bstk\b|บัญชี|账户|帳戶|口座|계좌"
)
"""Words for an account, at a bank or in an app. The number must follow directly and be long."""
