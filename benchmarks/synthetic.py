"""Made-up entries in the manner of the real ones, as many as wanted, and questions about them."""

from collections.abc import Iterator
from random import Random

from bot.domain.entries import Entry

PHRASINGS = 8
_CHARACTERS = (
    "山河云海林田春夏秋冬金木水火土天地日月星风雨雷电花草鱼鸟龙虎马牛羊"
    "青红白黑蓝绿东西南北中前后左右高低远近明亮文武书画琴棋诗酒茶"
)
_KINDS = (
    *("志愿服务", "读书活动", "知识竞赛", "公益课堂", "社区展览"),
    *("线上讲座", "摄影比赛", "故事征集", "安全培训", "邻里互助"),
)
_ASKED = (
    ("多少人", "{name}有多少人参加？", "参加{name}的人数", "几多人參加{name}", "How many people joined {name}?"),
    ("什么时候", "{name}什么时候办的？", "{name}举办时间", "{name}幾時搞㗎", "When was {name} held?"),
    ("哪里", "{name}在哪里举行？", "{name}地点", "{name}喺邊度搞", "Where was {name}?"),
    ("是什么", "{name}是什么？", "介绍一下{name}", "{name}係咩嚟㗎", "What is {name}?"),
    ("谁", "{name}是谁主办的？", "{name}主办单位", "邊個搞{name}", "Who ran {name}?"),
)


def entries(count: int, seed: int = 1) -> Iterator[Entry]:
    """`count` entries of PHRASINGS phrasings each, five to a topic."""
    random = Random(seed)
    name = ""
    for number in range(count):
        topic, place = divmod(number, len(_ASKED))
        if place == 0:
            name = "".join(random.sample(_CHARACTERS, 4)) + random.choice(_KINDS)
        yield _entry(topic, name, _ASKED[place], random)


def _entry(topic: int, name: str, asked: tuple[str, ...], random: Random) -> Entry:
    kind, *forms = asked
    phrasings = [form.format(name=name) for form in forms]
    part = name[:4]
    phrasings += [f"{part} {kind}", f"请问{part}{kind}", f"{part}那个活动{kind}", f"想知道{name}{kind}"]
    answer = f"{name}{kind}：{random.randrange(10, 9999)}。"
    return Entry(f"{topic}-{kind}", str(topic), phrasings[0], tuple(phrasings[1:PHRASINGS]), answer)


def questions(known: list[Entry], count: int, seed: int = 2) -> list[str]:
    """Questions with other words around the names of known entries."""
    random = Random(seed)
    lead = ("你好，", "我想问一下", "听说", "", "麻烦问下", "咁")
    tail = ("呢", "呀谢谢", "，急", "", "啊？", "來著")
    chosen = random.choices(known, k=count)
    return [f"{random.choice(lead)}{random.choice(e.questions)}{random.choice(tail)}" for e in chosen]
