"""Words that announce a telephone number, and words that say that a number is something else."""

from __future__ import annotations

import re
from typing import Final

__all__ = [
    "ABOUT_ANOTHER",
    "CALLED",
    "CALLED_AFTER",
    "CALLS",
    "CALLS_OUTRIGHT",
    "COUNTED",
    "ELSEWHERE",
    "LETTER",
    "MAYBE_CALLED",
    "MINE",
    "MY_NUMBER",
    "NOT_CALLED",
    "NUMBERED",
    "ON_NUMBER",
    "WEAK",
]

LETTER: Final = r"[\w\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e31-\u0e4e\u0eb1-\u0ece\u102b-\u103e\u17b4-\u17d3]"
"""A letter, or a vowel sign or tone mark of a script that has them."""
_UNSPACED: Final = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]"
"""A letter of a script without spaces, or of Korean, whose particles are endings."""
_TELEPHONES: Final = (
    # Latin: Germanic and Romance languages
    r"\btlf\b|\btelf?\b|\btfno\b|\btel(?:nr|no)\b|t[eé]l[eèé](?:f[oóòõ]\w*|phon\w*|foon\w*)|\bt[eé]l\b|(?<!i)phones?\b|(?:phone|mobile|cell|contact|whatsapp)[_-]?(?:no|num|number|nr)\b|\bph\b|\bfono\b|\bfone\b|(?:hand|sel)foon|"
    r"mobi(?:le?s?|el)\b|\bmob\b|mobil\w*|mobilt?elefon\w*|m[oóò](?:vil|bil)(?:es|s)?\b|telem[oó]vel\w*|\btelm\b|celular\w*|\bcelu\b|cellulare|(?<!excel )(?<!table )\bcell?\b|portable|\bgsm\b|\bnatel\b|handy\w*|"
    r"land ?line|hot ?line|festnetz\w*|rufnummer|\bfixe\b|\bfisso\b|\bfijo\b|recapito|vaste lijn|whats ?app?|\bwhats\b|\bzapp?\b|signal|viber|telegram|wechat|line id|\bimo\b|\bsms\b|fax|"
    # Latin: Slavic, Baltic, Finno-Ugric, Turkic and others
    r"kom[oó]rk\w*|puh(?:elin\w*)?\b|matkapuhel\w*|k[aä]nnyk\w*|telefon\w*|t[aā]lr\w*|\bsím[ai](?:nn|num|nn?úmer)?\b|mugikor\w*|teilef\w*|guth[aá]n\w*|\bff[oô]n\w*|symudol|pellgomz|mowbajl|telefown|"
    r"\bcep\b|nömrə\w*|\bno\.? ?hp\b|telp\b|telepon|\bsimu\b|\bsimuni\b|ekwent[iị]|taleef[a-z]*|ucingo\w*|umnxeba|finday|wayata|bilbil\w*|\btelpon\b|điện thoại|\bs?[đd]t\b|\bs[ốo] [đd]t\b|số máy|zalo|"
    # Greek, Cyrillic, Georgian, Armenian
    r"τηλ\w*|κινητ\w*|\bκιν\b|\bтел\b|тел(?:ефон\w*)|\bтэл\b|тэлеф\w*|\bмоб\w*|сотов\w*|ватсап\w*|вотсап\w*|вацап\w*|вайбер\w*|телеграмм?\w*|ұялы|уюлдук\w*|\bутас\w*|ტელ\b|ტელეფონ\w*|მობილურ\w*|ნომერზე|հեռ\b|հեռախոս\w*|բջջ\w*|"
    # Hebrew, Arabic, Persian, Urdu
    r"טלפון|נייד|הנייד|פלאפון|פלא|ווא?טסאפ|هاتف\w*|تلفون\w*|تليفون\w*|جوال\w*|موبايل\w*|\b(?:ال)?محمول\b|نقال\w*|واتس\w*|تلفن\w*|موبایل\w*|\bهمراه\b|واتساپ|فون|موبائل|واٹس|مۆبایل|تەلەفۆن|تلیفون|"
    # Scripts of India and its neighbors
    r"फ़?ोन|फोन|टेलीफोन|मोबा[इई]ल|व्हाट्स|भ्रमणध्वनी|ফোন|মোবাইল|হোয়াটস|போன்|ஃபோன்|மொபைல்|அலைபேசி|தொலைபேசி|கைபேசி|செல் ?(?:போன்|எண்|நம்பர்)|ఫోన్|మొబైల్|సెల్ ?(?:ఫోన్|నం)|ಫೋನ್|ಮೊಬೈಲ್|ದೂರವಾಣಿ|ഫോൺ|മൊബൈൽ|ફોન|મોબા[ઇઈ]લ|ਫ਼?ੋਨ|ਫੋਨ|ਮੋਬਾ[ਈਇ]ਲ|दूरध्वनी|ଫୋନ|ମୋବାଇଲ|දුරකථන|ජංගම|"
    # South East and East Asia, Ethiopia, signs
    r"โทร\w*|เบอร์\w*|มือถือ|ໂທ|ເບີ|မိုဘိုင်း|ဖုန်း|ទូរស័ព្ទ|ទូរសព្ទ|电话|電話|手机|手機|座机|热线|熱線|微信|携帯|携带|ケータイ|スマホ|전화|핸드폰|휴대폰|휴대전화|연락처|폰번호|폰 ?번호|카톡|ስልክ|ስልኪ|📞|☎|📱"
)
"""Words for telephones."""
_CALLING: Final = (
    # Latin
    r"(?<!api )(?<!function )(?<!system )\bcall\w*|\bring\b|\bdial\b|\breach(?:able)?\b|contact|\btext(?:ed|ing)? (?:me|us)\b|\btext\b|r[uü]ckruf\w*|anruf\w*|\bruf\w* (?:mich|uns)|\berreich\w*|uruff\w*|appele[zr]|rappele[zr]|joindre|joignable|\bll[aá]m\w*|ll[aá]mame|comun[ií](?:quense|carse|cate)\b|"
    r"\bligar\b|\bligue[im]?\b|\bchiama\w*|contatt\w*|\bchamade|\btruca\w*|\btruqueu|\bdeitu\w*|\bbel(?:len)?\b|terugbel\w*|opbel\w*|ring(?:a|e)?\b|\bnås p[åa]|\bnå (?:mig|meg)|træffes|sun[aă](?:ți|ti|ți-m[aă])?\b|\bthirr\w*|ċemp\w*|"
    r"zadzwo\w*|dzwoń\w*|dzwoni\w*|oddzwo\w*|volej\w*|zavol\w*|volajte|\bhív\w*|pokli[cč]\w*|\bklič\w*|\b[nps]?az?ov(?:i|ite|em|ú|te)\b|nazov\w*|pozov\w*|\bzov\w*|javite se|soit(?:a|in|ta|to|el)\w*|helista\w*|zvan(?:iet|īt|it|u)\b|piezvan\w*|skambin\w*|hring\w*|"
    r"\bara\b|aray\w*|zəng\w*|qo.ng.iroq|\bjaň\b|hubungi\w*|kontak|tawag\w*|tumawag|piga\b|nipigie|gọi|liên hệ|hamagar\w*|shayela|fowunel\w*|\bwac\b|kpọọ|glaoi\w*|glaoch|ffoni\w*|voku\b|"
    # Greek, Cyrillic, Georgian, Armenian
    r"καλέσ\w*|καλέστε|πάρτε|πάρε|звон\w*|позвон\w*|перезвон\w*|набер\w*|дзвон\w*|зателефон\w*|телефону\w*|подзвон\w*|званіц\w*|патэлефан\w*|обад\w*|звън\w*|позвън\w*|назов\w*|позов\w*|зов(?:и|ите)\b|јави\w*(?: се)?|ѕвон\w*|қоңырау|хабарлас\w*|чал(?:ың|гыла)\w*|шалтырат\w*|занг\w*|залга\w*|დარეკ\w*|დამირეკ\w*|զանգ\w*|"
    # Hebrew, Arabic, Persian, Urdu, scripts of India
    r"התקשר\w*|תתקשר\w*|להתקשר|חייג\w*|اتصل\w*|كلمون\w*|كلمن\w*|تواصل\w*|تماس|زنگ|زنګ|\bکال\b|رابطہ|कॉल|कल गर|संपर्क|सम्पर्क|কল (?:কর|দি)\w*|যোগাযোগ|அழை\w*|కాల్ చే|ಕರೆ|വിളി\w*|કૉલ|કોલ|સંપર્ક|ਕਾਲ ਕਰ|ਸੰਪਰਕ|କଲ କର|කතා|අමතන්න|"
    # South East and East Asia, Ethiopia
    r"ติดต่อ|ติดต่\w*|ຕິດຕໍ່|ဆက်သွယ်|ទំនាក់ទំនង|打给|打給|致电|致電|拨打|撥打|联系|聯絡|聯繫|連絡|回电|연락|ደውል\w*"
)
"""Words for calling."""
CALLS: Final = f"{_TELEPHONES}|{_CALLING}"
"""Words for telephones and for calling."""
_UP_TO_NUMBER: Final = rf"(?:[\s.:#=)(\"'→⇒➔➜➡-]{{0,4}}(?:{LETTER}{{0,12}}[\s.:=-]{{1,3}}){{0,2}}|{_UNSPACED}{{0,12}}[\s:「\"]{{0,2}})[+(]?$"
CALLED: Final = re.compile(rf"(?:{CALLS}){_UP_TO_NUMBER}")
MAYBE_CALLED: Final = re.compile(rf"\b(?:wa|hp|cp|liga){_UP_TO_NUMBER}")
"""Words for telephones that are others elsewhere: Swahili "of", a brand, a league."""
CALLS_OUTRIGHT: Final = re.compile(rf"(?:{_TELEPHONES})[\s.:#=-]{{1,4}}$")
"""Directly before a number, with no word between."""
_NUMBERS: Final = r"n[uú]m[eé]?r\w*|number|no\.?|nr\.?|num\.?"
MINE: Final = (
    # English and what people make of it
    r"\bmy (?:\w{1,10} )?(?:number|num\b|no\b)|number (?:i|we)\b|registered (?:\w{1,8} )?(?:with|under|number|no|mobile|on)\b|signed up with|registriert (?:mit|auf|unter)|registr\w+ con|inscrite? avec|cadastr\w+ com|зарегистрир\w+ на|зареєстр\w+ на|привязан\w*|\bme on\b|number's|"
    # Germanic, Romance
    r"meine (?:\w{1,10} )?nummer|mijn (?:\w{1,10} )?nummer|my (?:\w{1,10} )?nommer|mitt (?:\w{1,10})?nummer|mit (?:\w{1,10})?nummer|nummeret mitt|min(?:u|a)? (?:\w{1,10})?nummer|númerið mitt|meng nummer|"
    r"mon num[eé]ro|mon num\b|mi (?:n[uú]mero|nro|num\b)|el meu n[uú]mero|o meu n[uú]mero|meu n[uú]mero|mio numero|numer[oó] (?:mio|telefonico)|num[aă]rul meu|nr\.? meu|numri im|nr\.? im|in-numru tiegħi|nire zenbakia|"
    # Slavic, Baltic, Finno-Ugric, Greek
    r"m[oó]j numer|mojego numeru|m[oůôuú]je? č[ií]sl[oa]|moj[ae]? (?:broj|številka)|мо[йї]\w? номер\w*|мой нумар|мој број|мојот број|моят номер|номерът ми|номера ми|mans numurs|mana numura|mano numer\w+|mu number|minu number|numeroni|numeroani|a számom|(?:το νούμερ[oό]|ο αριθμός) μου|το νουμερο μου|"
    # Turkic, Caucasian
    r"numaram\w*|raqamim|raqamimga|n[oö]merim|номерім\w*|нөмірім\w*|номерим\w*|номерем|belgim|nömrəm\w*|дугаар минь|миний дугаар|ჩემი ნომერი|იმ ნომერზე|իմ համարը|"
    # Hebrew, Arabic, Persian, Urdu
    r"המספר שלי|مספרי|رقمي|رقم تلفوني|شماره من|شماره ام|شمارهام|شمارم|میرا نمبر|زما شمیره|ژمارەکەم|"
    # Scripts of India and its neighbors
    r"मे?रा नं?बर|मेरा नम्बर|मेरो नं?बर|मेरो नम्बर|माझा नंबर|আমার (?:নম্বর|নাম্বার|নম্বার)|মোৰ নম্বৰ|મારો નંબર|ਮੇਰਾ ਨੰਬਰ|ମୋ ନମ୍ବର|எனது எண்|என் எண்|என் நம்பர்|నా (?:నంబర్|నెంబర్|నంబరు)|ನನ್ನ (?:ನಂಬರ್|ಸಂಖ್ಯೆ)|എന്റെ (?:നമ്പർ|നമ്പര്)|මගේ (?:අංකය|නම්බර් එක|නම්බරය)|"
    # South East and East Asia
    r"nomor(?:ku| saya| aku| gue| gw)|nombor saya|no\.? saya|number ko|numero ko|s[ốo] (?:của )?(?:tôi|em|mình|anh|chị|tui|toi|minh)|เบอร์ผม|เบอร์ฉัน|ເບີຂ້ອຍ|လက်ကိုင်ဖုန်း|ကျွန်တော့်နံပါတ်|លេខខ្ញុំ|我的号码|我的號碼|我的电话|我的電話|我号码|私の番号|僕の番号|自分の番号|제 번호|내 번호|우리 번호|"
    # Africa, Celtic, others
    r"nambari yangu|namba yangu|n[oọ]mba mi|n[oọ]mba m\b|lambata|lambar ?(?:waya)?ta|inombolo yami|inombolo yam|nomoro ya ka|nhamba yangu|lambarkayga|nimero ?(?:ya)?njye|nomerao|laharako|nimewo m|ቁጥሬ|ቁጥሬን|fy rhif|m'uimhir|mo uimhir|mia numero"
)
"""Phrases for "my number"."""
MY_NUMBER: Final = re.compile(rf"(?:{MINE})(?P<gap>[^\d\n]{{0,24}})$")
CALLED_AFTER: Final = re.compile(
    rf"^[\s,.)(-]{{0,3}}(?:(?:{LETTER}{{1,5}} ){{0,2}}(?:{MINE})|call|ring|text|phone|whatsapp|is my (?:number|phone|mobile|cell)|ist meine|ara\b|로 전화|로 연락|에 전화|に電話|へ電話|まで|"
    r"please call|anrufen|erreichbar|rufen|appelez|le matin|le soir|i danmark|in india|ruf|numaralı (?:\w{1,12} )?(?:tel|hat|cep|gsm|çağrı|numara)|numara\b|no\.lu|पर (?:कॉल|फोन|फ़ोन|संपर्क)|মা?য?়? কল|নম্বরে|నంబర్|నెంబర్|નંબર પર)"
)
_SOMETHING_ELSE: Final = (
    r"v?order|ticket|invoice|case|issue|bug|(?<!line )ids?|isbn|ean|sku|gtin|barcode|version|build|error|code|zip(?:code)?|plz|post ?code|postleitzahl|postnummer|postnr|postinumero|postal|eircode|psč|pin ?code|serial|rows?|(?<!land )(?<!hot )lines?|lotto|lottery|"
    r"scores?|scored|levels?|lvl|rank|tick|frame|seed|offset|limit|points|resolution|sizes?|votes|請求書|請求番号|伝票番号|管理番号|エラー(?:コード)?|发票|發票|错误|錯誤|오류(?: ?코드)?|청구서|משלוח|bestelnummer|bestelnr|"
    r"sequence|model|type|item|sample|batch|lot|flight|train|bus|room|seat|locker|route|exit|"
    r"bestell\w*|auftrag\w*|rechnung\w*|vorgang\w*|sendung\w*|commande|facture|colis|pedido|comanda|factura|ordine|fattura|bestelling|factuur|zam[oó]wieni\w*|faktur\w*|objedn[aá]vk\w*|narud[zž]b\w*|porud[zž]bin\w*|naro[cč]il\w*|u[zž]sakym\w*|pas[uū]t[iī]jum\w*|tellimus\w*|pöntun\w*|porosi\w*|eskaera|eskari\w*|"
    r"encomenda|protocolo|sipari[sş]\w*|fatura|sifari[sş]\w*|buyurtma\w*|pesanan|orderan|agizo|oda|umyalelo|bestelnommer|archeb|ordú|"
    r"заказ\w*|замовлен\w*|поръчк\w*|поруџбин\w*|нарачк\w*|заказ\w*|тапсырыс\w*|захиалг\w*|сч[её]т\w*|рахун\w*|индекс\w*|παραγγελ\w*|τιμολόγι\w*|შეკვეთ\w*|պատվեր\w*|"
    r"הזמנה|ההזמנה|חשבונית|מיקוד|الطلب|طلب|طلبية|فاتورة|الفاتورة|سفارش|فاکتور|کد پستی|آرڈر|ऑर्डर|आर्डर|अर्डर|बिल|पिन ?कोड|অর্ডার|ஆர்டர்|ఆర్డర్|ಆರ್ಡರ್|ഓർഡർ|ઓર્ડર|ਆਰਡਰ|ඇණවුම|"
    r"ออเดอร์|คำสั่งซื้อ|รหัสไปรษณีย์|ອໍເດີ|ການສັ່ງຊື້|អន្ទឹង|ការបញ្ជាទិញ|အော်ဒါ|đơn(?: hàng)?|订单号?|訂單編?號?|单号|單號|邮编|郵遞區號|郵政編碼|注文(?:番号)?|郵便番号|〒|주문(?:번호)?|우편번호|송장(?:번호)?|"
    r"gmt|utc|page|pages|port|range|http/[\d.]+.?|lat|lon|geo|epoch|timestamp|r[eé]f(?:[eé]rence)?s?|referen\w*|artikel\w*|article|art[ií]c\w*|artyku\w*|артикул\w*|арт|art|модел\w*|лот|парти[яи]|cikkszám|tuotenumero|varenummer|型号|货号|品番|型番|商品番号|商品编号|상품번호|モデル|รหัสสินค้า|mã sản phẩm|kode barang|produkt\w*|modell?o?|ordren?|bestilling\w*|tilaus\w*|rendel[eé]s\w*|comand[aă]|"
    r"dossier\w*|aktenzeichen|expediente|solicitud|fascicolo|pratica|richiesta|processo|chamado|zaak\w*|sags?(?:nr|nummer)|ärende\w*|wniosk\w*|zgłoszeni\w*|"
    r"başvuru|talep|заяв\w*|обращени\w*|awb|waybill|frachtbrief\w*|consignment|shipment|"
    r"part|rfc|tracking|merge|commit|hash|konto|account|card|договор\w*|contract|vertrag\w*|contrat\w*|sözleşme\w*|poliçe\w*|karte|iban|blz"
)
"""Words for orders, invoices, postal codes and other numbers that are not telephone numbers."""
ELSEWHERE: Final = re.compile(rf"(?<![a-zà-ÿ])(?:{_SOMETHING_ELSE})")
ON_NUMBER: Final = re.compile(
    r"(?:(?:на|за|по|с) номер\w*|на број\w*|на номера|pod nume\w+|na [cč][ií]sl\w+|al n[uú]mero|au num[eé]ro|ao n[uú]mero|al numero|unter (?:der |folgender )?nummer|op (?:het )?nummer|at (?:the |this )?number|"
    r"on (?:the |this )?number|la num[aă]rul|på (?:telefon)?nummer\w*|numeroon|numerosta|numbri\w+|στο νο[υύ]μερο|στον αριθμ[οό]|(?:على|من) (?:ال)?رقم|למספר|במספר|numaray[ıi]|numaradan|नंबर पर|নম্বরে|ke nomor|di nomor|"
    r"vào số|số này|เบอร์นี้|نمبر پر|به شماره)\W{1,3}$"
)
"""Phrases for "at the number"."""
NOT_CALLED: Final = re.compile(
    rf"(?<![a-zà-ÿ])(?:{_SOMETHING_ELSE})[\s.:#=n°oº№-]{{0,6}}(?:(?:no|nr|nº|numer\w*|number|nummer|číslo|номер|رقم|شماره|नंबर)[\s.:#-]{{0,3}})?$"
)
WEAK: Final = re.compile(r"(?:\bcell|mobile?|reach|ring|contact|signal|line|\bara|\btext|portable|tel)\s$")
ABOUT_ANOTHER: Final = re.compile(
    r"(?:\bcell|\bcall\w*|\bring|\bcontact|\bsignal|\bline|\btext|\bfax|\bmobile) "
    r"(?!(?:me|us|him|her|them|at|on|back|now|number|no|nr|num|is|my|our|your|phone|to|this|under|via|dr|mr|mrs|ms|mom|dad|office|home|work|"
    r"desk|direct|please|line|or|and|for|tel|\w{1,2})\b)[a-z]{2,12}[ :=]{1,3}$"
)
"""A word for calling, another in small letters, and a number: "ring buffer 1048576"."""
NUMBERED: Final = re.compile(r"(?:\bcell|\bcall|ring|contact|signal|line|\btext)\s$")
"""Words for what programs number, too."""
COUNTED: Final = re.compile(
    r"(?:\b(?:calls?|cells?|texts?|contacts?|signals?|mobile|phone|sms) (?:count|volume|length|size|rate|duration|index|total|time|per \w{1,8})s?|"
    r"\b(?:calls|texts|contacts|signals|anrufe:|kontakte|llamadas|contactos|appels|chamadas|liga[cç][oõ]es|chiamate|contatti|oproepen|contacten|"
    r"połącze[nń]\w*|kontakty|звонк\w+|звонков|дзвінк\w+|контакт[ыов]+|çağrı\w*|arama\w*))[\s:=]{1,3}$"
)
"""Words for a count of calls or contacts."""
