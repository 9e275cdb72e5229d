"""What a text is compared by: its words and characters, and how they sound."""

import re
from collections import Counter
from functools import cache, lru_cache

import rjieba

from bot.domain.lexicon import any_of, classes_in, word_list

# A single character says less than a word that holds it.
CHARACTER_WEIGHT = 0.5
FACET_WEIGHT = 1.0
# Nouns say what a question is about; verbs and the rest are often only a manner of speaking.
NOUN_WEIGHT = 1.0
OTHER_WEIGHT = 0.5
_NOUNS = frozenset({"n", "nr", "ns", "nt", "nz", "nrt", "nrfg", "s", "t", "j"})
_HAN = re.compile("[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z]+|\d+\.\d+|\d\d+")
_ENDING = re.compile(r"(?<=[a-z]{3})(?:ies|ing|ed|es|s|y|e)$")
# Southern accents and fast fingers: zh z, ch c, sh s and a nasal with or without g count as one sound.
_RETROFLEX = re.compile("^([zcs])h")


@cache
def _padding() -> re.Pattern[str]:
    return any_of(map(re.escape, sorted(word_list("words")["padding"], key=len, reverse=True)))


class _Vocabulary:
    """The word lists, ready for looking up."""

    def __init__(self) -> None:
        lists = word_list("words")
        self.stop = frozenset(lists["stop"])
        self.asking = frozenset(lists["asking"])
        self.canonical = {_stem(word): _stem(line[0]) for line in lists["synonyms"] for word in line}


@cache
def _vocabulary() -> _Vocabulary:
    return _Vocabulary()


@cache
def syllable(character: str) -> str:
    """The toneless pinyin of one character, always the same one, blurred to what ears keep apart."""
    from pypinyin import lazy_pinyin  # loads its dictionaries: only for whoever searches

    spoken = _RETROFLEX.sub(r"\1", lazy_pinyin(character)[0])
    return f"~{spoken.removesuffix('g')}"


def without_padding(text: str) -> str:
    """The text less 请问, 告诉我 and the like; as it was where nothing else is left."""
    return _padding().sub(" ", text).strip() or text


@lru_cache(maxsize=256)
def facets_of(text: str) -> frozenset[str]:
    """What kind of thing a question asks for: many, when, where, who, how..."""
    return classes_in(text, "words", "facets")


def content_of(text: str) -> dict[str, float]:
    """What a text is about, each word and facet with its weight; see `is_noun`."""
    lists = _vocabulary()
    words = {
        _token(word): NOUN_WEIGHT if kind in _NOUNS else OTHER_WEIGHT
        for word, kind in _cut(text)
        if word not in lists.stop and word not in lists.asking
    }
    return words | dict.fromkeys(map(facet_term, facets_of(text)), OTHER_WEIGHT)


def is_noun(weight: float) -> bool:
    """Whether a word of this weight in `content_of` is a noun."""
    return weight >= NOUN_WEIGHT


@lru_cache(maxsize=256)
def _cut(text: str) -> tuple[tuple[str, str], ...]:
    """Words with their part of speech, as jieba names it."""
    cut: list[tuple[str, str]] = []
    for run in _HAN.findall(text):
        cut.extend(rjieba.tag(run))
    cut.extend((word, "eng") for word in _LATIN.findall(text))
    return tuple(cut)


def _token(word: str) -> str:
    stem = _stem(word)
    return _vocabulary().canonical.get(stem, stem)


def _stem(word: str) -> str:
    return _ENDING.sub("", word) if word.isascii() else word


def facet_term(name: str) -> str:
    return f"?{name}"


def is_facet(term: str) -> bool:
    return term.startswith("?")


def words_of(text: str) -> dict[str, float]:
    """Words, their single characters and the facets, with weights. Stop words are left out, synonyms are one."""
    stop = _vocabulary().stop
    terms: dict[str, float] = {}
    for word, _ in _cut(text):
        if word not in stop:
            token = _token(word)
            terms[token] = terms.get(token, 0.0) + 1.0
            for character in "" if len(token) < 2 or token.isascii() else token:
                terms[character] = terms.get(character, 0.0) + CHARACTER_WEIGHT
    return terms | dict.fromkeys(map(facet_term, facets_of(text)), FACET_WEIGHT)


def sounds_of(text: str) -> Counter[str]:
    """Toneless pinyin, alone and in pairs; of Latin words the trigrams."""
    stop = _vocabulary().stop
    sounds: list[str] = []
    for run in _HAN.findall(text):
        spoken = [syllable(character) for character in run if character not in stop]
        sounds += spoken
        sounds += map(_joined, spoken, spoken[1:])
    for word in _LATIN.findall(text):
        if word not in stop:
            sounds += _trigrams(word)
    return Counter(sounds)


@lru_cache(maxsize=65536)
def _joined(first: str, second: str) -> str:
    return f"{first} {second}"


def pairs_of(word: str) -> list[str]:
    """The pairs of characters in a longer Chinese word, synonyms as one: 小提示 has 提示."""
    if word.isascii() or len(word) < 3:
        return []
    return [_token(word[start : start + 2]) for start in range(len(word) - 1)]


def _trigrams(word: str) -> list[str]:
    framed = f"^{word}$"
    return [f"~{framed[start : start + 3]}" for start in range(len(framed) - 2)]
