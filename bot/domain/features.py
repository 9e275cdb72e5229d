"""What a text is compared by: its words and characters, how they sound, and what kind of thing it asks for."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, dropwhile, takewhile

import rjieba
from msgspec import Struct

from bot.domain.lexicon import any_of, as_written, classes, in_chinese, word_list
from bot.domain.pinyin import toneless

# A single character says less than a word that holds it.
CHARACTER_WEIGHT = 0.5
FACET_WEIGHT = 1.0
# Nouns say what a question is about; verbs and the rest are often only a manner of speaking.
NOUN_WEIGHT = 1.0
OTHER_WEIGHT = 0.5
# Places, organisations and persons, as jieba tags them.
_NAMES = frozenset({"ns", "nt", "nr", "nrt", "nrfg"})
_NOUNS = _NAMES | {"n", "nz", "s", "t", "j", "eng"}
_LOOSE_FACETS = frozenset({"what", "how", "why", "money"})
_UNKNOWN = "?"
# What may be aimed at: Chinese nouns, and what jieba leaves without a kind. Latin words have lost their place.
_AIMED = (_NOUNS | {"an", "zg"}) - {"eng", "s", "t"}
# A row of characters longer than this is no slip in a word.
_SLIP_LENGTH = 4
_HAN = re.compile("[\u3400-\u9fff]+")
# The words that ask for a noun; what stands between the two is a measure word or a verb of being.
_ASKING = re.compile("多少|第?十?几|什么|哪.{0,2}|谁")
_ENGLISH_AIM = re.compile("(?:how many|number of|which|what) +(?:[a-z]+ +)?([\u3400-\u9fff]+)")
# jieba takes a count with its measure for one word: 几门, 第几届.
_COUNTED = re.compile("(第?十?几)(.)")
_MEASURES = frozenset("个家名所位场条项部座间版支次户款篇种件只类批门张本节期段起宗样份届多的一")
_BEING = frozenset({"是", "叫", "叫做", "有", "的", "名字", "指", "由"})
_LATIN = re.compile(r"[a-z]+|\d+\.\d+|\d\d+")
_RUN = re.compile(f"{_HAN.pattern}|{_LATIN.pattern}")
_LATIN_LETTER = re.compile("[a-z]")
_ENDING = re.compile(r"(?<=[a-z]{3})(?:ies|ing|ed|es|s|y|e)$")
# Southern accents and fast fingers: zh z, ch c, sh s and a nasal with or without g count as one sound.
_RETROFLEX = re.compile("^([zcs])h")

Cut = list[tuple[str, str]]


class Word(Struct, frozen=True):
    """A word that says what a text is about.

    `sounds` is how it sounds, where that tells anything; `parts` the characters, where no dictionary has the word.
    """

    term: str
    weight: float
    sounds: frozenset[str]
    parts: frozenset[str]
    is_name: bool

    @property
    def is_noun(self) -> bool:
        """Whether it is a noun of the dictionary, and no slip."""
        return self.weight >= NOUN_WEIGHT and not self.parts


class Reading(Struct, frozen=True):
    """A text as it is compared: counted words (with their characters, facets and aim) and sounds.

    `content` are the words that say what it is about, `facets` what kind of thing it asks for. `aim` is what it
    counts, names or wants told: 多少名教师 -> 教师, 多少页 -> 页, 校长是谁 -> 校长. None where no word asks so, or what
    is asked fits every subject (多少人).
    """

    text: str
    words: dict[str, float]
    sounds: Mapping[str, float]
    facets: frozenset[str]
    cut: Cut
    aim: Word | None
    aimed: str

    def content(self) -> tuple[Word, ...]:
        """The words that are not quiet; where all are, those that may speak for themselves."""
        lists = _vocabulary()
        telling = _joined_up(self.cut) or [(word, kind) for word, kind in self.cut if word in lists.speaking]
        return tuple({word: _word(word, kind) for word, kind in telling}.values())

    def letters(self) -> list[str]:
        """The Chinese characters that tell something: not those of words that only ask or bind."""
        lists = _vocabulary()
        words = (word for word, _ in self.cut if len(word) == 1 or word not in lists.quiet)
        return [letter for word in words for letter in word if letter not in lists.quiet_letters and _HAN.match(letter)]


class _Vocabulary:
    """The word lists, ready for looking up."""

    def __init__(self) -> None:
        lists = word_list("words")
        padding = map(re.escape, sorted(lists["padding"], key=len, reverse=True))
        self.padding = any_of([*lists["on_behalf"], *padding])
        self.stop = frozenset(lists["stop"])
        self.quiet = frozenset(lists["asking"]) | self.stop
        self.aimless = frozenset(lists["anything"]) | self.stop
        self.quiet_letters = frozenset(lists["asking_letters"]) | self.stop
        self.speaking = frozenset(lists["speaking"])
        self.canonical = {_stem(word): _stem(line[0]) for line in lists["synonyms"] for word in line}


@cache
def _vocabulary() -> _Vocabulary:
    return _Vocabulary()


def reading_of(text: str) -> Reading:
    """How a simplified text reads: in written Chinese, without 请问 and the like."""
    written = in_chinese(as_written(text))
    plain = _vocabulary().padding.sub(" ", written).strip() or written
    facets = facets_of(f"{text}\n{written}" if _LATIN_LETTER.search(text) else written)
    cut = _cut(plain)
    words = _words(cut)
    for name in sorted(facets):  # always in one order, so that a score is the same to the last bit
        words[facet_term(name)] = FACET_WEIGHT
    aim = _aim(cut, plain) if facets else None
    aimed = aim_term(aim, counted="many" in facets) if aim else ""
    if aim:
        words[aimed] = FACET_WEIGHT
    return Reading(plain, words, _sounds(plain), facets, cut, aim, aimed)


def told_in(text: str) -> frozenset[str]:
    """The words of a simplified text, synonyms as one."""
    return frozenset(_words(_cut(in_chinese(text))))


def facets_of(text: str) -> frozenset[str]:
    """What kind of thing a question asks for: many, when, where, who, how..."""
    return classes(("words", "facets"), ("scope", "attributes")).found_in(text)


def strict(facets: frozenset[str]) -> frozenset[str]:
    """Those that an entry must be meant for; `what`, `how` and the like are too loose to decide anything."""
    return facets - _LOOSE_FACETS


def facet_term(name: str) -> str:
    return f"?{name}"


def aim_term(aim: Word, counted: bool) -> str:
    """What is counted (多少企业) is not what is named (哪些企业)."""
    return f"#{aim.term}" if counted else f"={aim.term}"


def is_facet(term: str) -> bool:
    return term.startswith("?")


@cache
def syllable(character: str) -> str:
    """The toneless pinyin of one character, always the same one, blurred to what ears keep apart."""
    spoken = _RETROFLEX.sub(r"\1", toneless(character))
    return f"~{spoken.removesuffix('g')}"


@lru_cache(maxsize=16384)
def _word(word: str, kind: str) -> Word:
    term = _token(word)
    slip = kind == _UNKNOWN and 1 < len(word) <= _SLIP_LENGTH
    return Word(
        term,
        NOUN_WEIGHT if kind in _NOUNS else OTHER_WEIGHT,
        frozenset(_sounds(term)) if len(term) > 1 and not _vocabulary().stop.intersection(term) else frozenset(),
        frozenset(word) if slip else frozenset(),
        kind in _NAMES and len(word) > 1,
    )


def _aim(cut: Cut, text: str) -> Word | None:
    in_english = _ENGLISH_AIM.search(text)
    if in_english:
        aimed = rjieba.tag(in_english.group(1), False)[-1:]
    else:
        at = next((at for at, (word, _) in enumerate(cut) if _asks(word)), len(cut))
        aimed = (cut[at:] and cut[at][0] != "谁" and _after(cut, at)) or _before(cut, at)
    return next((_word(*one) for one in aimed if one[0] not in _vocabulary().aimless and not one[0].isdigit()), None)


@lru_cache(maxsize=16384)
def _asks(word: str) -> bool:
    return _ASKING.fullmatch(word) is not None


def _after(cut: Cut, at: int) -> Cut:
    """The last noun of those that follow, then the measure word: 多少家互联网企业 -> 企业, 家."""
    rest = cut[at + 1 :]
    measure = [one for one in rest[:1] if len(one[0]) == 1 or one[1] == "q"]
    counted = list(dropwhile(_is_measure, rest))
    nouns = list(takewhile(_is_aimed, counted)) or [one for one in counted[:1] if len(one[0]) > 1]
    return [*reversed(nouns), *measure]


def _before(cut: Cut, at: int) -> Cut:
    """The noun that is said to be something: 校长叫什么 -> 校长."""
    start = at
    while start and cut[start - 1][0] in _BEING:
        start -= 1
    return [one for one in cut[max(start - 1, 0) : start] if start < at and _is_aimed(one)]


def _is_aimed(cut: tuple[str, str]) -> bool:
    return cut[1] in _AIMED and not _is_measure(cut)


def _is_measure(cut: tuple[str, str]) -> bool:
    return cut[0] in _MEASURES


def _joined_up(cut: Cut) -> Cut:
    """The words that are not quiet. Single characters in a row are one unknown word, as slips are."""
    quiet = _vocabulary().quiet
    words: Cut = []
    single = False
    for word, kind in cut:
        if word in quiet:
            single = False
        elif single and len(word) == 1 and kind != "eng":
            words[-1] = (words[-1][0] + word, _UNKNOWN)
        else:
            words.append((word, kind))
            single = len(word) == 1 and kind != "eng"
    return words


def _cut(text: str) -> Cut:
    """Words with their part of speech, as jieba names it."""
    cut: Cut = []
    for run in _RUN.findall(text):
        if _HAN.match(run):
            cut += rjieba.tag(run, False)  # without guessing at names: a slip must not become one
        else:
            cut.append((run, "eng"))
    return [part for one in cut for part in _apart(one)] if _COUNTED.search(text) else cut


def _apart(one: tuple[str, str]) -> Cut:
    counted = _COUNTED.fullmatch(one[0])
    return [(counted.group(1), "m"), (counted.group(2), "q")] if counted else [one]


@lru_cache(maxsize=65536)
def _token(word: str) -> str:
    stem = _stem(word)
    return _vocabulary().canonical.get(stem, stem)


def _stem(word: str) -> str:
    return _ENDING.sub("", word) if word.isascii() else word


def _words(cut: Cut) -> dict[str, float]:
    """Words and their single characters. Stop words are left out, synonyms are one."""
    terms: dict[str, float] = {}
    for word, _ in cut:
        for term, weight in _counted(word):
            terms[term] = terms.get(term, 0.0) + weight
    return terms


@lru_cache(maxsize=16384)
def _counted(word: str) -> tuple[tuple[str, float], ...]:
    if word in _vocabulary().stop:
        return ()
    token = _token(word)
    characters = token if len(token) > 1 and not token.isascii() else ""
    return ((token, 1.0), *((character, CHARACTER_WEIGHT) for character in characters))


def _sounds(text: str) -> Mapping[str, float]:
    """Toneless pinyin, alone and in pairs; of Latin words the trigrams."""
    stop = _vocabulary().stop
    parts: list[tuple[str, ...]] = []
    for run in _HAN.findall(text):
        spoken = [character for character in run if character not in stop]
        parts += map(_heard, ["", *spoken], spoken)
    parts += [_trigrams(word) for word in _LATIN.findall(text) if word not in stop]
    heard = list(chain.from_iterable(parts))
    counts = dict.fromkeys(heard, 1.0)
    return counts if len(counts) == len(heard) else _counts(heard)  # many texts repeat no sound


def _counts(heard: Sequence[str]) -> dict[str, float]:
    counts: dict[str, float] = {}  # a Counter takes longer to make than to count these few
    for sound in heard:
        counts[sound] = counts.get(sound, 0.0) + 1.0
    return counts


@lru_cache(maxsize=65536)
def _heard(before: str, character: str) -> tuple[str, ...]:
    """How a character sounds, and after another: the same strings each time, which are found faster."""
    spoken = syllable(character)
    return (spoken, f"{syllable(before)} {spoken}") if before else (spoken,)


@lru_cache(maxsize=16384)
def _trigrams(word: str) -> tuple[str, ...]:
    framed = f"^{word}$"
    return tuple(f"~{framed[start : start + 3]}" for start in range(len(framed) - 2))
