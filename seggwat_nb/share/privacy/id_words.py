"""Words for the numbers that governments, insurers and banks issue to people, and for accounts."""

from __future__ import annotations

from typing import Final

__all__ = ["ACCOUNTS", "NUMBER_WORDS", "ORDINARY_WORDS", "PERSONAL_NUMBERS"]

_GERMANIC_ROMANCE: Final = (
    # English
    r"social (?:security|insurance)|\bssn\b|\bsin\b|national (?:id|insurance)|\bni (?:number|no)\b|\bnino\b|id[ -]?card|identity (?:card|number)|passport|"
    r"driv(?:er'?s?|ing) licen[cs]e|\bdl ?(?:#|no\b|number)|tax(?:payer)? (?:id\b|number|no\b)|\btin\b|\bein\b|\bnhs\b|medicare|insurance (?:no\b|number|id\b)|\butr\b|policy (?:no\b|number)|"
    r"patient (?:id\b|no\b|number)|member(?:ship)? (?:id\b|no\b|number)|customer (?:id\b|no\b|number)|account (?:no\b|number|nr\b)|sort code|routing(?: (?:no\b|number))?|"
    r"bank account|identification (?:no\b|number)|voter id|\bic (?:no\b|number)|\bnid\b|\bmrn\b|"
    r"(?:student|employee|medical record|resident|residence permit|licen[cs]e) (?:no\b|number|id\b)|\bppsn?\b|\bnric\b|\bfin (?:no\b|number)|\btfn\b|\babn\b|"
    r"\b[ai]tin\b|\bmbi\b|\bbvn\b|\bnin\b|\bsa id\b|\bmy id\b|\ba-number|alien (?:registration )?(?:no\b|number)|green card|"
    r"(?:state|personal|citizen|civil|resident|government|voter'?s?|user) (?:id\b|no\b|number)|user-?id\b|"
    r"(?:health|medical|insurance|voter'?s?|residen(?:ce|t)|huduma|ghana) card|work permit|\bird (?:no\b|number)|\bnhi\b|\bkra\b|\bhkid\b|\bqid\b|\buan\b|"
    r"\babha\b|\bumid\b|\bsss\b|pag-?ibig|philsys|\bgsis\b|"
    r"serial ?[:#]|serial (?:no\b|number|nr\b)|\bs/n\b|\bimei\b|\bimsi\b|\bu[dl]id\b|(?:device|android|hardware|install(?:ation)?|advertis(?:ing|er)|vendor)[ _-]?id\b|\bidf[av]\b|\b[ga]aid\b|\bgstin\b|claim (?:no\b|number)|\biccid\b|\bvin\b|chassis (?:no\b|number)|frequent flyer(?: (?:no\b|number))?|"
    r"loyalty (?:no\b|number|card)|insurance policy|"
    # German, Dutch
    r"steuer-?(?:id\w*|nr|nummer)|\bidnr\b|identifikationsnummer|sozialversicherung|(?:renten|kranken)?versicherungs-?(?:nr|nummer)|personalausweis|ausweis|"
    r"reisepass|f[uü]hrerschein|(?:kranken)?versicherten|kunden-?(?:nr|nummer)|mitglieds-?(?:nr|nummer)|konto(?:nummer|nr)?|\bblz\b|krankenkasse|ahv|svnr|"
    r"seriennummer|serien-?nr|fahrgestellnummer|lizenz-?(?:nr|nummer)|matrikel-?(?:nr|nummer)|policen?-?nummer|versicherungsschein-?(?:nr|nummer)|vielfliegernummer|personal-?(?:nr|nummer)\b|personeelsnummer|serienummer|chassisnummer|"
    r"licentienummer|studentnummer|sv-?(?:nr|nummer)\b|steueridentifik|\bperso\b|\bperso-?(?:nr|nummer)|\bpass-?(?:nr|nummer)\b|aufenthaltstitel|\bkvnr\b|(?:be)?nutzer-?(?:id|nr|nummer)\b|"
    r"matricule|\bbsn\b|burgerservicenummer|paspoort|rekening(?:nummer)?|klantnummer|rijksregister|rijbewijs|identiteits?(?:kaart|bewijs|nommer)|"
    r"\bid-?(?:kaart|nommer|nummer|nr)\b|\binsz\b|polisnummer|v-nummer|gebruikersnummer|"
    # French, Spanish, Portuguese, Italian, Romanian
    r"\bs[eé]cu\b|s[eé]curit[eé] sociale|carte d.identit[eé]|passeport|permiso de (?:conducir|residencia)|permis(?:ul)? de condu(?:ire|cere)|\bpermis\b|num[eé]ro (?:fiscal|client|d.adh[eé]rent)|\bnir\b|\brib\b|compte|\birpp?\b|"
    r"num[eé]ro national|registre national|carte (?:nationale )?d.identit[eé]|\bcni\b|carte vitale|\bniss\b|\bnrn\b|\bavs\b|titre de s[eé]jour|"
    r"(?:n[uú]m[eé]ro|n°|no|num) (?:de )?(?:s[eé]rie|ch[aâ]ssis|licence|police|(?:d.)?[eé]tudiante?|serie|licencia|p[oó]liza|bastidor|chasis|licen[cç]a|ap[oó]lice)|"
    r"numero (?:di )?(?:serie|telaio|licenza|polizza|matricola)|num[eé]ro (?:d.)?(?:assur[eé]e?|contribuable)|assurance (?:sociale|maladie)|\bid utilisateur|\bdni\b|\bnie\b|\bnif\b|pasaporte|c[eé]dula|\bcurp\b|"
    r"\brfc\b|\brut\b|\bruc\b|\bcuit\b|\bcuil\b|\bnss\b|seguridad social|cuenta|n[uú]mero de (?:cliente|socio)|carn[eé]t? de (?:identidad|conducir|conduir)|"
    r"licencia de conducir|documento (?:nacional )?de identidad|\bnuss\b|n[uú]mero de (?:identificaci[oó]n|afiliaci[oó]n|pasaporte|seguro)|tarjeta sanitaria|"
    r"clave de elector|\bnit\b|\brnc\b|\bdpi\b|\bdui\b|\bid de usuario|targeta sanit[aà]ria|document d.identitat|passaport\b|"
    r"pasaportea?\b|nan zenbakia|\bcpf\b|\bcnpj\b|\bcnh\b|\bpis\b|\brg\b|passaporte|contribuinte|cart[aã]o de cidad[aã]o|\bconta\b(?: corrente)?|ag[eê]ncia|"
    r"n[uú]mero de utente|t[ií]tulo (?:de )?eleitor|carteira de (?:identidade|motorista|trabalho)|\bctps\b|cart[aã]o (?:do )?sus|carta de condu[cç][aã]o|"
    r"bilhete de identidade|seguran[cç]a social|\bnib\b|chave pix|codice fiscale|partita iva|\bp\.? ?iva\b|passaporto|carta d.identit[aà]|"
    r"patente di guida|tessera (?:sanitaria|elettorale)|\bc\.f\.[ :]|\bpatente\b|permesso di soggiorno|\bconto\b(?: corrente)?|cod(?:ul)? numeric personal|\bci seria|\bcnp\b|buletin|"
    r"cart(?:e|ea) de identitate|pa[sșş]aport|"
    # The Nordic languages
    r"personnummer|samordningsnummer|f[oø]dselsnummer|\bcpr\b|\bhetu\b|henkil[oö]tunnus|kennitala|kundnummer|pass(?:nummer| nr|i)\b|k[oö]rkort|ajokort|"
    r"personnr|f[oø]dselsnr|\bfnr\b|d-nummer|pas(?:s)?(?:nummer|nr)|pas nr|sygesikring|\bid-?kort|leg(?:itimation|itimasjon)s?|\bsotu\b|passin(?: numero)?|"
    r"henkil[oö]kort|kela-?kort|veronumero|verotunnus|p-tal\b"
)
_OTHER_LATIN: Final = (
    # Slavic languages
    r"\bpesel\b|\bnip\b|paszport|dow[oó]d(?:u)? osobist|nume?r(?:u|em)? dowodu|\bdow[oó]du?\b|praw[oa] jazdy|ob[cč]i?ansk|cestovn[eéiíoý]{1,3} pas|\begn\b|\boib\b|jmbg|"
    r"li[cč]n[aeiuou]{1,2} kart|osobn[aeiouj]{1,2} iskaznic|putovnic|paso[sš]|voza[cč]k|potni list|osebn[aeio] izkaznic|\bmbg\b|"
    # Hungarian, the Baltic languages, Albanian, Greek
    r"szem[eé]lyi|\btaj\b|ad[oó]sz[aá]m|ad[oó]azonos[ií]t[oó]|[uú]tlev[eé]l|\bszig|jogos[ií]tv[aá]ny|asmens kod|isikukood|personas kod|"
    r"(?:numer|nr) (?:seryjn|vin|polisy|licencji|legitymacji)|(?:s[eé]riov|v[yý]robn)\w{1,2} č?c?[ií]slo|seri (?:no|numara)\w*|şasi no|lisans no|poli[cç]e no|"
    r"numri personal|leternjoftim|id-?kaar|\bpases? num|pasas\b|paso numer|juhilu|"
    # Turkic languages, Georgian, Armenian
    r"kimlik|t\.?c\.? ?(?:kimlik|no)|\btckn\b|\btc\b|\bsgk no|\bt\.c\.|pasaport|vergi no|hesap no|ehliyet|pasport|jshshir|\bpinfl\b|"
    # Languages of South Asia
    r"aadhaar|aadhar|\bpan\b|passbook|\bcnic\b|"
    # Languages of South East Asia, Swahili, Amharic
    r"\bnik\b|\bktp\b|paspor|rekening|mykad|npwp|bpjs|kad pengenalan|philhealth|cmnd|cccd|\bno\.? ic\b|\bic (?:saya|no|number)\b|pasport saya|lesen memandu|"
    r"\bsim [abc]\b|kartu keluarga|\bmst\b|\bcmt\b|\bbhyt\b|\bbhxh\b|\bgplx\b|"
    # Africa, Celtic, others
    r"kitambulisho|pasipoti|\bnida\b|leseni ya|katin shaida|fasfo|njirimara|umazisi|kamazisi|isazisi|aqoonsi|baasaboor|indangamuntu|karapanondro|pasipaoro|"
    r"eenyummaa|yswiriant gwladol|pasbort|uimhir (?:psp|phas)|pasporto|"
    # Hebrew, Arabic, Persian, and languages in Greek and Cyrillic letters, in Latin ones
    r"iqama|emirates id|(?:te[uo]dat|mispar) zehut|\bafm\b|\bamka\b|\bsnils\b|\biin\b|\brnokpp\b|\bipn\b|\bedrpou\b|"
    # Bank accounts
    r"\bclabe\b|\bcbu\b|\bcvu\b|\biban\b|\bbic\b|\bbsb\b|\bifsc\b"
)
_OTHER_LETTERS: Final = (
    # French, Spanish, Portuguese, Italian, Romanian
    r"серийн[а-я]{2,3} номер|серійн[а-яі]{2,3} номер|номер (?:лицензи|ліцензі|полис|поліс|вин|vin|студенческ)|вин[- ]?код|シリアル(?:番号|ナンバー)?|製造番号|車台番号|証券番号|"
    r"学籍番号|ライセンス番号|序列号|序號|车架号|車架號|保单号|保單號|学号|學號|许可证号|시리얼(?: ?번호| ?넘버)?|일련번호|차대번호|증권번호|학번|"
    r"(?:ال)?رقم (?:ال)?(?:تسلسلي?|ترخيص|وثيق[ةه]|جامعي|شاسيه|هيكل)|सीरियल (?:नंबर|नम्बर)|क्रम संख्या|पॉलिसी (?:नंबर|संख्या)|लाइसेंस नंबर|रोल नंबर|"
    r"n° (?:client|adh[eé]rent|allocataire)|"
    # The Nordic languages
    r"førerkort|kørekort|vegabréf|ökuskírteini|"
    # Slavic languages
    r"rodn[eé] č[ií]slo|\br\. ?č\.?|rodn[eéý]m? č|č[ií]slo (?:pasu|op)|č\. ?op\b|\bop č|\bpas č|řidičsk|vodičsk|číslo pojiš|егн|[јj]мбг|ембг|"
    r"личн[аеу] карт|vozniško|\bemšo\b|davčna številka|паспорт|снилс|инн|полис|водительск|огрн|удостоверени|[рІі]нн|іпн|рнокпп|посвідченн|"
    r"податков[а-яії]{2,4} номер|номер платника|загранпаспорт|загран\b|военник|\bомс\b|свидетельств|пашпарт|асабісты нумар|ід-?карт|ідентифікаційн|"
    r"идентификационн|\bунзр\b|\bунп\b|пасош|шофьорск|возачк|\bлнч\b|(?:id|айди) пользовател|"
    # Hungarian, the Baltic languages, Albanian, Greek
    r"letërnjoftim|α\.?φ\.?μ|αμκα|\bαδτ\b|διαβατ[ηή]ρι|ταυτ[οό]τητ|δίπλωμα οδήγησης|apliecīb|vairuotojo paž|karta tal-identità|"
    # Turkic languages, Georgian, Armenian
    r"fİn|şəxsiyyət|vöen|vəsiqə|жсн|\bиин\b|жеке куәлік|жеке сәйкестендіру|төлқұжат|шиноснома|регистр?ийн|регистрийн дугаар|иргэний үнэмлэх|პირადი (?:ნომერი|№)|პასპორტი?ს?|"
    r"პირადობის|անձնագ(?:իր|րի)|սոցիալական քարտ|հծհ|"
    # Languages of South Asia
    r"आधार|पासपोर्ट|पहचान पत्र|ड्राइविंग लाइसेंस|ఆధార్|ஆதார்|ಆಧಾರ್|ആധാർ|આધાર|ਆਧਾਰ|ଆଧାର|पैन|पॅन|वोटर|मतदाता|ओळखपत्र|नागरिकता|राहदानी|परिचयपत्र|पान कार्ड|"
    r"પાન કાર્ડ|પાસપોર્ટ|ਪੈਨ|ਪਾਸਪੋਰਟ|ପାସପୋର୍ଟ|பான் கார்டு|பாஸ்போர்ட்|கடவுச்சீட்டு|அடையாள அட்டை|పాన్|పాస్పోర్ట్|ಪ್ಯಾನ್|ಪಾಸ್ಪೋರ್ಟ್|പാൻ|പാസ്പോർട്ട്|හැඳුනුම්|"
    r"විදේශ ගමන්|জাতী(?:\u09df|\u09af\u09bc) পরিচ(?:\u09df|\u09af\u09bc)পত্র|এনআইডি|পাসপোর্ট|জন্ম নিবন্ধন|পরিচয়পত্র|قومی شناختی|تذکر[هې]|ناسنامە|"
    r"شناختی کارڈ|پاسپورٹ|"
    # Languages of South East Asia, Swahili, Amharic
    r"căn cước|hộ chiếu|mã số thuế|chứng minh (?:nhân dân|thư)|bằng lái|บัตรประชาชน|บัตรปชช|ประจำตัวประชาชน|เลขประจำตัว|พาสปอร์ต|หนังสือเดินทาง|ใบขับขี่|"
    r"ผู้เสียภาษี|ประกันสังคม|ບັດປະຈຳຕົວ|ໜັງສືຜ່ານແດນ|អត្តសញ្ញាណ|លិខិតឆ្លងដែន|မှတ်ပုံတင်|နိုင်ငံကူးလက်မှတ်|"
    # Africa, Celtic, others
    r"መታወቂያ|ፓስፖርት|"
    # Hebrew, Arabic, Persian
    r"תעודת זהות|ת[.\"'״׳]?ז|מספר זהות|דרכון|רישיון נהיגה|ביטוח לאומי|رقم الهوية|الهوية|جواز السفر|جواز|رقم الحساب|کد ملی|کدملی|شماره ملی|کارت ملی|گذرنامه|"
    r"شماره حساب|الرقم القومي|رقمي القومي|رقم قومي|رقم الإقامة|الهوية الوطنية|بطاقة التعريف|رخصة القيادة|رخصة|رقم هوي[ةت]|بطاق[ةت] (?:ال)?هوية|هويتي|"
    r"(?:ال)?رقم (?:ال)?(?:وطني|مدني|ضريبي)|(?:ال)?بطاقة (?:ال)?(?:شخصية|وطنية|مدنية)|(?:ال)?[إا]قامة|پاسپورت|شناسنامه|گواهینامه|"
    # Chinese, Japanese, Korean
    r"身份證|身份证|身分證|证件号|證件號|护照|護照|驾驶证|駕照|健保卡|社保|账号|帳號|银行账户|マイナンバー|個人番号|パスポート|旅券|在留カード|外国人登録|保険証|保険者番号|回乡证|台胞证|通行证|驾照|社保卡|居留证|居留證|税号|年金番号|口座番号|口座|免許証|運転免許|"
    r"주민등록번호|주민번호|외국인등록번호|주민등록|여권|계좌|운전면허|면허번호|건강보험"
)
"""Words that have a letter outside of ASCII."""

PERSONAL_NUMBERS: Final = (_GERMANIC_ROMANCE, _OTHER_LATIN, _OTHER_LETTERS)
"""In several patterns, since a search for all words at once would take four times as long."""

ORDINARY_WORDS: Final = frozenset(
    "bic compte conta conto cuenta ein ipn konto nid nie nik nino nip nir nss pan permis rg pis rib rnc rut ruc sin taj tin nin pps nit dui sss uan avs dowód dowod dowodu dowódu tc rfc pasas patente رخصة".split()  # noqa: SIM905  # a list of words
)
"""Those of them that also are ordinary words in some language: "sin embargo", "pan-European"."""

NUMBER_WORDS: Final = r"no|nr|nº|n°|saya|моего?|мо[йїя]|num|number|numer|nummer|numero|número|numéro|numéros?|číslo|номер|№|مصرف|رقم|เลขที่|số|is|ist|est|es|é|è|to|je|numurs|numur[aus]|numeri[so]?|numri|numru|zenbakia|uimhir|rhif|numara\w*|nomor|raqam|αριθμός|ni|yra|jest|är|er|on|है|नंबर|নম্বর|号|號|番号|번호|หมายเลข|מספר|شماره"
"""What may stand between such a word and the number: words for "number" and "is"."""

ACCOUNTS: Final = (
    (
        r"\bkto\b|\b(?:acc(?:oun)?t|acc|a/c)s?\b|\bkontua?\b|\bkont[oa]\b|\bcompte\b|\bcuenta\b|\bconta\b|\bconto\b|rekening\w*|bankrekening\w*|kontonummer|kontonr|"
        r"\btili(?:numero)?\w*|hesap\w*|\bstk\b|\b(?:no(?:mor)?\.? )?rek\b|\bnorek\b|\bnib\b|\bcont(?:ul)?\b|s[aą]skait\w*|\bkonts?\b|llogari\w*|"
        r"hisob raqam\w*|akaun(?:ti)?\b|asusun|cuntas|cyfrif"
    ),
    (
        r"č[ií]sl[oa] [uú]čtu|\b[uú]č(?:et|tu|te)\b|bankszámla\w*|számlaszám\w*|сч[её]т\p{L}*|р/[ср]\b|рахун\p{L}+|λογαριασμ\p{L}+|حساب\p{L}*|חשבון|खाता|खाते|tài khoản|"
        r"บัญชี|账户|帳戶|口座|普通(?:預金)?|당좌|銀行|银行|은행|계좌|(?:žiro|tekući|bankovni) račun|ანგარიშ\w*|հաշվ\w*|есепшот\w*|\bшот\w*|данс\w*|ເລກບັນຊີ|ບັນຊີ|គណនី|ငွေစာရင်း|အကောင့်|हिसाब|অ্যাকাউন্ট|"
        r"একাউন্ট|হিসাব|கணக்கு|ఖాతా|ಖಾತೆ|അക്കൗണ്ട്|ખાતા|ખાતું|ਖਾਤਾ|ਖਾਤੇ|ගිණුම්|اکاؤنٹ|ሂሳብ"
    ),
)
"""Words for an account, at a bank or in an app, without and with letters outside of ASCII. The number must follow directly and be long."""
