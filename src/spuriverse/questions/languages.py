"""How an answer is put, hedged and declined in other languages than English.

Chinese, Japanese, German, French, Spanish and Portuguese. The expressions are parts of patterns,
matched without regard to case; lone letters in Chinese and Japanese have blanks around them, and
their full stops and commas are ours (`reply_text.normal`).
"""

import re

_ARTICLE = r"(?:(?-i:die|der|das|la|le|el|a|o)\s+)?"
_LETTER_WORD = (
    r"(?:(?:option|antwort|buchstabe|lettre|letra|opción|opção|alternativ[ae]"
    "|选项|選項|選択肢|选择|字母)\\s*)?"
)
_SURELY = (
    r"(?:(?:donc|also|daher|somit|clairement|claramente|eindeutig|entonces|portanto|por tanto)\s+)?"
)
_ANSWER_WEST = (
    r"(?:\b(?:(?:richtig|korrekt)\s+(?:ist|wäre)|(?:ist|lautet|wäre)\s+(?:also\s+|daher\s+)?die"
    r"\s+(?:(?:richtige|korrekte|beste)\s+)?antwort(?!\s+(?:nicht|falsch)))\b\s*:?\s*"
    r"|\b(?:la|a)\s+(?:correcta|correta|certa)\s+(?:es|é)\s+"
    r"|\b(?:antwort(?:möglichkeit)?|option(?!\s*[(\[]?[a-z]\b|:\s*\n)|gabarito|lösung|wahl|solution|solución|solução|réponse|reponse|choix|respuesta"
    r"|opción|letra(?=\s+corr)|elección|resposta|opção|escolha|alternativa)\b"
    r"(?:\s+(?:[àa]|[^\W\d_]{2,20})){0,4}?"
    r"(?:\s*[:=]|\s+(?:ist|lautet|wäre|est|serait|es|sería|é|seria|is|seja|sea|soit)\b)\s*:?\s*)"
)
_ANSWER_EAST = (
    "(?:答案|答え|正解|解答|回答|結論|结论"
    "|(?:正确|正確|最佳|正しい)[的な]?(?:选项|選項|選択肢)|正しい選択肢"
    "|(?:选项|選項)(?=\\s*(?:应该|應該)?[是为為])|最终选择|最終選擇|正答|(?<![\\u4e00-\\u9fff])答)"
    "\\s*(?:应该|應該|应当|应|應|就|当然)?"
    "(?:是|为|為|选择|选(?!项)|選(?![項択])|は|:|=)+\\s*:?\\s*"
    "|答案\\s?(?=[(\\[]?[A-Za-z][)\\]]?[\\s.]*$)"
    "|\\((?:正确|正確|最终|最終)?(?:答案|答え|正解|解答|回答)\\)\\s*[:=]?\\s*"
)
ANSWER_IS = rf"(?:{_ANSWER_WEST}{_SURELY}{_ARTICLE}|{_ANSWER_EAST}){_LETTER_WORD}"
"""The answer is ..."""

ANSWER_LINE = (
    r"(?:(?:richtige|korrekte|bonne|final[ea]?|réponse\s+finale|respuesta|resposta"
    "|最终|最終|正确|正確)\\s*)?"
    r"(?:antwort|lösung|réponse|reponse|respuesta|resposta|endantwort|richtig|korrekt|ergebnis|fazit|résultat|resultado|conclusi[oó]n|conclusão|答案|答え"
    "|正解|回答)(?:\\s+(?:finale?|correcta|correta|correcte|final))?\\s*[:=]"
)
"""The beginning of a line such as `Antwort: (B)`."""

I_CHOOSE = (
    r"(?:\b(?:ich\s+(?:wähle|nehme|entscheide\s+mich\s+für|tippe\s+auf)"
    r"|ich\s+(?:glaube|denke|meine),?\s+(?:es|das)\s+ist|il\s+s'agit\s+de|je\s+dirais(?:\s+que\s+c'est)?"
    r"|(?:eu\s+)?diria(?:\s+que\s+é)?|diría(?:\s+que\s+es)?|seleccionaría"
    r"|je\s+(?:choisis|choisirais|sélectionne|réponds|retiens|opte\s+pour)"
    r"|je\s+(?:crois|pense)\s+que\s+c'est|je\s+vote\s+pour|ich\s+antworte(?:\s+mit)?|ich\s+würde\s+sagen,?|creo\s+que\s+es|acho\s+que\s+é|me\s+quedo\s+con|fico\s+com"
    r"|opto\s+por"
    r"|(?:yo\s+)?(?:elijo|escojo|elegiría|selecciono)|(?:eu\s+)?(?:escolho|escolheria"
    rf"|seleciono))\s+{_ARTICLE}"
    "|我(?:认为|認為|觉得|覺得|猜|想)(?:应该|應該)?是"
    "|(?:我|本题|本題|此题|该题|这题|所以|因此|故|应该|應該|应|應|,|(?<=\\n)|\\A)"
    "\\s?(?:会|會|要|想|应该|應該|应|應)?"
    "(?:选择|選擇|选(?!项)|選(?![項択]))(?:的是|是|了)?\\s?:?\\s?"
    rf"){_LETTER_WORD}"
)
"""I choose ..."""

IT_IS = (
    r"(?:(?:la|die)\s+(?=[A-Z]\W*$)|a\s+letra\s+|(?:es|das)\s+ist|c'est|ce\s+sont|(?:esto\s+)?es|(?:isto\s+)?é"
    "|这是|這是|应该是|應該是|これは"
    rf"|それは)\s*{_ARTICLE}{_LETTER_WORD}"
)
"""It is ..., where nothing but an option follows."""

THUS = (
    "したがって|従って|よって|ゆえに|つまり|因此|所以|故"
    r"|das heißt|es decir|ou seja|por tanto|also|somit|daher|folglich|donc|ainsi|así\s+que"
    r"|entonces|por\s+lo\s+tanto|portanto|então|logo"
)
"""Therefore ..., before a lone option."""

RATHER = (
    r"(?:sondern|mais|sino|mas\s+sim|mas|por[eé]m|c'est|es\s+ist|es|é|而是|应该是|應該是|应为|是)\s*"
    rf"(?:por\s+|que\s+)?{_ARTICLE}{_LETTER_WORD}"
)
"""... but ..., after something that was denied."""

IS_CHOSEN = (
    "\\s*(?:です|だと思います|と思います|だと考え(?:ます|られます)"
    "|を選(?:ぶ(?!べき|の|こと|と|わけ)|び(?!ません)|択(?!しません))|が(?:正しい|正解|答え|最も近い|最も適切"
    "|適切)|(?:选项|選項|项)?\\s?才?是?最?(?:正确|正確|合适|合適|符合|恰当|准确)"
    "|(?:选项|選項)(?=[\\s.]*\\Z)"
    r"|\s(?:wählen|nehmen|sagen)\b|\sdie\s+(?:richtige|korrekte|beste)\b|\spasst\b(?!\s+nicht)|\sest\s+la\s+réponse\b|\s(?:es|é)\s+(?:la|a)\s+(?:opción|opção|alternativa)\s+(?:correcta|correta|certa)\b|\srichtig(?=\W*(?:\n|\Z))|\strifft\s+zu\b|\s(?:es|é)\s+(?:la\s+|a\s+)?(?:respuesta\s+correcta|resposta\s+"
    r"(?:correta|certa))|\sest\s+la\s+(?:bonne\s+réponse|réponse\s+correcte)"
    r"|\s(?:ist|est|es|é|está)\s+(?:die\s+|la\s+|a\s+)?(?:richtig|korrekt|richtige|correcte?|correct[ao]"
    r"|corret[ao]|cert[ao]|bonne)\b)(?!\s?(?:か|吗|嗎|\?|では(?:な|あり)|とは))"
)
"""What follows a letter that is said to be right or chosen."""

COPULA = re.compile(
    "\\s*(?:です|でしょう|である|になります|となります"
    "|と思います|だと思います|だと考えます|だと考えられます|だ|选项|選項"
    "|项|項)(?=[\\s.,:;!]|$)"
)
"""What may stand between a letter and the end of its sentence."""

DENIED = re.compile(
    r"\s*(?:(?:ist|est|es|é)\s+)?(?:nicht|falsch|kein|pas|faux|fausse|incorrect|falso|falsa|errad"
    "|não)\\b|\\s*(?:では(?:な|ありません)|じゃ|不|是错)",
    re.IGNORECASE,
)
"""What follows a letter that is said to be wrong."""

REASON = re.compile(
    r"\s*[,.;:(]?\s*(?:weil|denn|da|parce que"
    r"|car(?= (?:l[ea']|les|ils?|elles?|une?|on|ce|c'|cette|son|sa|ses|je)\b)"
    r"|puisque|porque|ya que|pues|pois|já que|nicht"
    "|et non|et pas|y no|e não)\\b"
    "|\\s*,?\\s*(?:而?不[选是]|而非)|\\s*[,.;:(]?\\s*(?:因为|因為|由于|理由|なぜなら)",
    re.IGNORECASE,
)
"""What begins the reason after a letter."""

NEGATION = r"\b(?:nicht|pas|no|não)\b|不是|不选|不選|ではなく"
"""Words that set aside what follows a comma: "B, nicht A"."""

DOUBT = (
    r"\b(?:nicht|kein[e]?|ob|vielleicht|möglicherweise|könnte|weder)\b"
    r"|\b(?:ne|pas|peut-être|pourrait|ni)\b|\bn'(?:est|ai)\b"
    r"|\bno\b(?=[^.\n]*\b(?:es|la|respuesta|opción|sea)\b|\s+[A-Z]\W)"
    r"|\b(?:quizás?|tal vez|podría)\b|\b(?:não|talvez|poderia)\b"
    "|不是|不会|不會|不选|不应|不應|不能|怀疑|懷疑|不確定|不确定|不认为|不認為|是否|(?<!最)可能|也许|也許|或许|无法|無法|排除"
    "|ではな(?!く)|じゃな(?!く)|かもしれ|かどうか|とは思|たぶん|おそらく"
    r"|\bfalsch,?\s+zu\s+\w+\b,?|\bein\s+fehler\b|\b(?:faux|erroné)\s+de\b|\b(?:error|erro|errado|falso)\s+(?:\w+r)\b"
    r"|\b(?:dizer|saber|determinar|sei|certeza|confirmar|dire|decir)\s+s[ei]\b"
    r"|\b(?:falsche|mauvaise|nie|niemals|jamais|nunca)\b|\b(?:respuesta|opción)\s+incorrecta"
    r"|\b(?:resposta|opção|alternativa)\s+(?:errada|incorreta)"
)
"""Words that deny, doubt or leave open what follows them in their clause."""

SUPPOSES = (
    r"\b(?:wenn|falls|si|s'ils?)\b"
    r"|(?:^|[,;.\n]\s?)se\s+(?:os?|as?|for|fosse|é|isso|el[ea]|houver|tiver)\b"
    r"|\b(?:man\s+könnte|on\s+pourrait|se\s+podría|alguém\s+poderia|bezweifle|je\s+doute|dudo"
    r"|duvido)\b"
    r"|\b(?:sofern|sobald|quand|lorsque?|cuando|quando)\b(?!\s+(?:on|nous|je|se|man|ich|wir)\b)"
    "|如果|假如|若|除非|有人|もし|当(?=[^,.\\n]{1,30}时)|(?<![こそ]の)場合|(?:な|た)ら(?:ば|,)"
)
"""Words that make their whole sentence a supposition."""

RESET = (
    r"aber|sondern|also|daher|deshalb|mais|donc|alors|pero|sino|así que|por (?:lo )?tanto"
    "|entonces|mas|por isso|portanto|logo"
)
"""Words that begin a clause of its own."""

REFUSAL = (
    r"\b(?:wei(?:ß|ss) (?:es |das |ich )?(?:leider )?nicht|keine ahnung|nicht (?:ganz )?sicher"
    r"|kann (?:ich )?(?:\w+ ){0,3}?nicht (?:\w+ ){0,3}?(?:sagen|erkennen|beantworten|bestimmen"
    r"|beurteilen|entscheiden|helfen|sehen|bestätigen)|lässt sich (?:\w+ )?nicht|tut mir leid"
    r"|nicht möglich|unklar|(?:ne )?sais pas|impossible (?:de|à)|ne peux pas"
    r"|(?:ne )?peut pas (?:le |la |les )?(?:déterminer|dire|savoir|répondre)|ne saurais"
    r"|ne suis pas (?:sûre?|certaine?)"
    r"|désolée?|aucune idée|no (?:lo )?sé|no puedo|lo siento|no estoy segur[oa]|no es posible"
    r"|imposible|impossível|no se puede"
    r"|não (?:dá|há como|se pode|é possível)(?: para)? (?:saber|dizer|determinar|responder)"
    r"|não (?:sei|posso|consigo|tenho certeza|é possível)|desculpe)\b"
    "|(?=[不无無抱对對看わ分判申答断])(?:不知道|不确定|不確定|无法|無法|抱歉|对不起|對不起|不清楚|看不清"
    "|不能(?:确定|確定|判断|判斷|肯定)|わかりません|分かりません|わからな|分からな|判断できません|申し訳"
    r"|答えられません|断言できません|不明\b)"
)
"""Words with which a reply declines."""
