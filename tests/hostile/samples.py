"""Texts that want to be more than text, and honest ones in all the letters that people here write."""

import random
import unicodedata
from collections.abc import Iterator

# Each at least twenty characters long and at most four hundred, as a story's text has to be.
HOSTILE = {
    "html": '<script>window.ran=1</script><img src=x onerror="window.ran=1"><svg/onload=window.ran=1>',
    "attribute": '" onmouseover=window.ran=1 x=\' autofocus onfocus=window.ran=1 y=" 邻居们',
    "closing": "</p></main></title></textarea></script><!-- --></body><iframe src=//example.com>",
    "style": "<style>body{display:none}</style><link rel=stylesheet href=//example.com/x.css> 一样的",
    "markdown": "[点我](javascript:window.ran=1) **粗** _斜_ `code` ![x](http://127.0.0.1:9/x.png)",
    "telegram html": "<b>粗</b> <a href='tg://user?id=1'>名</a> <tg-spoiler>藏</tg-spoiler> &lt; &amp;",
    "cdata": "]]></Content><MsgType><![CDATA[news]]></MsgType><Content><![CDATA[ 换了一条回复",
    "cdata twice": "]]]]><![CDATA[>]]> ]]&gt; <![CDATA[<![CDATA[ 邻居们一起看着孩子们长大",
    "weixin": '<a href="weixin://bizmsgmenu?msgmenucontent=投票 1&msgmenuid=1">点这里领奖</a> 大家快来',
    "weixin spaced": '< A\thref="weixin://bizmsgmenu?msgmenucontent=退订">一</ a> <a/href=x>二</a >三个邻居',
    "entities": "&lt;script&gt;window.ran=1&lt;/script&gt; &#x3C;b&#62; &nbsp; &amp;amp; 你好邻居",
    "bidi": "看这里 \u202egnp.exe\u202c \u2066反\u2069 \u200f右\u200e 左右都要看清楚的一个故事",
    "zero width": "看\u200b不\u200c见\u2060的\ufeff字\u00ad藏在里面，审稿的人也要看得见才能放行的故事",
    "stacked": "Z" + "\u0300\u0316\u0489" * 80 + " 字上面堆了很多东西，后面的人也还要看得见自己的字",
    "crlf": "第一行写在这里，够长了\r\nSet-Cookie: a=b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n<script>window.ran=1</script>",
    "control": "\x1b[2J\x1b[31m红\x1b]0;title\x07 \x00\x08\x7f\x85\x9b31m \u2028换行\u2029段 控制字符的故事一个",
    "sql": "'); DROP TABLE stories; -- \" OR 1=1 /* %s :name ? $1 \\' 邻居阿姨教大家用手机",
    "template": "{{7*7}} {% raw %} ${7*7} #{7*7} <%= 7*7 %> {0} {name} {0.__class__} %(name)s %d 七乘七",
    "formula": '=HYPERLINK("http://127.0.0.1:9","点") +1 -1 @SUM(1) =cmd|\' /C calc\'!A0 邻居阿姨教大家',
    "surrogates": "半个字 \ud800 和 \udc00 还有 \udfff\ud800 都在这一个邻居阿姨的故事里面写着",
    "never": "没有的字 \ufffe \uffff \ufdd0 \U0001fffe \U000e0041\U000e0042 \ue000 都在这一个故事里面",
    "links": "javascript:window.ran=1 data:text/html,<script>window.ran=1</script> //example.com 邻居阿姨",
    "commands": "/vote nanyue-stories 1 /forget yes @everyone #话题 /start sub_0730 邻居阿姨教大家用手机",
    "json": '{"text": "x", "buttons": []} \\u0000 \\" \\n \\x1b </script> 邻居阿姨教大家用手机',
    "path": "../../../../etc/passwd %2e%2e%2f \\\\host\\share file:///etc/passwd 邻居阿姨教大家用手机",
}
FIVE_MEGABYTES = 5 * 1024 * 1024

_HAN = (
    *("王阿姨", "李叔叔", "陈老师", "隔壁的奶奶", "志愿者小林", "我家外公", "村口的阿明", "图书馆的姐姐"),
    *(
        "教邻居用手机",
        "把谣言查清楚了再告诉大家",
        "每个周六在楼下等着",
        "提醒我们先别点链接",
        "给老人放大字体",
        "从来不骂人",
    ),
    *("坚持了两年", "大家都说好", "孩子们也学会了", "後來連街市的檔主也來學", "講清楚邊個係騙子", "一齊去圖書館查資料"),
)
_CANTONESE = (
    *(
        "佢哋喺𨋢入面教阿婆用電話",
        "唔好㩒嗰條連結，𢫏住個密碼先",
        "啲細路𡃁仔都識得𠵱家先查真假",
        "佢企喺𡁻住香口膠嘅𠝹紙檔側邊",
    ),
    *(
        "阿伯𥄫咗一眼就話係假",
        "唔使𠹌驚，我哋一齊睇",
        "𠱁住個BB都學得",
        "佢𢱕埋嚟問點樣檢舉",
        "噉就𠺘埋門唔俾騙子入",
        "坐低𤗈住佢慢慢講",
    ),
    "新收嘅字 \U00031350\U000323af\U0002ebf0\U00030000 都寫得",
)
_UYGHUR = (
    *(
        "مەن",
        "بىلمىگەن",
        "ئۇلانمىنى",
        "باسمايمەن",
        "خەۋەر",
        "راستمۇ",
        "يالغانمۇ",
        "ئالدى",
        "بىلەن",
        "تەكشۈرىمەن",
        "قوشنام",
    ),
    *("ياردەم", "قىلدى", "ئۆگەندۇق", "كىتابخانا", "رەھمەت", "ھەممىمىز", "ئىنتېرنېت", "تېلېفون", "دوستۇم", "ياخشى"),
)
_TIBETAN = (
    *("བོད་ཡིག", "བཀྲ་ཤིས་བདེ་ལེགས།", "དཔེ་མཛོད་ཁང", "སློབ་གྲྭ", "དྲ་རྒྱ", "བདེན་པ", "གྲོགས་པོ", "ཁ་པར", "ཐུགས་རྗེ་ཆེ།"),
    *("རྫུན་གཏམ", "ཞིབ་བཤེར", "ཡག་པོ", "ང་ཚོ", "མཉམ་དུ", "སློབ་སྦྱོང"),
)
_EMOJI = (
    *("👨‍👩‍👧‍👦", "👩‍👩‍👦", "👩🏽‍🏫", "🧑🏿‍🤝‍🧑🏻", "👍🏻", "👍🏾", "🏳️‍🌈", "❤️‍🔥", "👁️‍🗨️", "🧑‍🦽‍➡️", "🐻‍❄️", "🙂‍↕️"),
    *(
        "🇨🇳",
        "🇭🇰",
        "🇲🇴",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "🏴󠁧󠁢󠁷󠁬󠁳󠁿",
        "1️⃣",
        "#️⃣",
        "☺️",
        "☎︎",
        "™️",
        "🀄",
        "🩷",
        "🫨",
        "🪿",
        "\U0001fae9",
        "\U0001fadf",
        "㊗️",
    ),
)
_MARKS = (
    "。",
    "！",
    "，那天",
    "……",
    "：",
    "（真的）",
    "——",
    " 2026 年",
    "、",
    "“好”",
    "；",
    "～",
    "—— ①",
    " m² ",
    "½ ",
    "ﬁ",
    "𠮷",
)


def honest(count: int, seed: int = 1) -> Iterator[str]:
    """Lines of one script or of several, as NFC writes them: that is how they are kept."""
    chance = random.Random(seed)
    kinds = (
        (_HAN, ""),
        (_CANTONESE, "，"),
        (_UYGHUR, " "),
        (_TIBETAN, "་"),
        (_EMOJI, ""),
        (_HAN + _EMOJI, ""),
        (_HAN + _UYGHUR, " "),
    )
    for number in range(count):
        words, between = kinds[number % len(kinds)]
        line = between.join(chance.choices(words, k=chance.randint(2, 5))) + chance.choice(_MARKS)
        yield unicodedata.normalize("NFC", f"{line}{number}")
