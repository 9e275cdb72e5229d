"""What a text is compared by: its words and characters, and how they sound."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

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


@cache
def _stop() -> frozenset[str]:
    return frozenset(word_list("words")["stop"])


@cache
def _asking() -> frozenset[str]:
    return frozenset(word_list("words")["asking"])


@cache
def _canonical() -> dict[str, str]:
    return {_stem(word): _stem(line[0]) for line in word_list("words")["synonyms"] for word in line}


@cache
def syllable(character: str) -> str:
    """The toneless pinyin of one character, always the same one, blurred to what ears keep apart."""
    from pypinyin import lazy_pinyin  # loads its dictionaries: only for whoever searches

    spoken = _RETROFLEX.sub(r"\1", lazy_pinyin(character)[0])
    return spoken[:-1] if spoken.endswith("ng") else spoken


def without_padding(text: str) -> str:
    """The text less 请问, 告诉我 and the like; as it was where nothing else is left."""
    return _padding().sub(" ", text).strip() or text


def facets_of(text: str) -> frozenset[str]:
    """What kind of thing a question asks for: many, when, where, who, how..."""
    return classes_in(text, "words", "facets")


def tokens_of(text: str) -> list[str]:
    """The words of a text that are no stop words, synonyms as one."""
    return [_token(word) for word, _ in _cut(text) if word not in _stop()]


def content_of(text: str) -> dict[str, float]:
    """What a text is about, each word and facet with its weight, a noun's being NOUN_WEIGHT."""
    words = {
        _token(word): NOUN_WEIGHT if kind in _NOUNS else OTHER_WEIGHT
        for word, kind in _cut(text)
        if word not in _stop() and word not in _asking()
    }
    return words | dict.fromkeys(map(_facet, facets_of(text)), OTHER_WEIGHT)


def _cut(text: str) -> list[tuple[str, str]]:
    """Words with their part of speech, as jieba names it."""
    cut: list[tuple[str, str]] = []
    for run in _HAN.findall(text):
        cut.extend(rjieba.tag(run))
    cut.extend((word, "eng") for word in _LATIN.findall(text))
    return cut


def _token(word: str) -> str:
    stem = _stem(word)
    return _canonical().get(stem, stem)


def _stem(word: str) -> str:
    return _ENDING.sub("", word) if word.isascii() else word


def _facet(name: str) -> str:
    return f"?{name}"


def is_facet(term: str) -> bool:
    return term.startswith("?")


def words_of(text: str) -> dict[str, float]:
    """Words, their single characters and the facets, with weights."""
    tokens = tokens_of(text)
    terms = _counted(tokens, 1.0)
    characters = "".join(token for token in tokens if len(token) > 1 and not token.isascii())
    for character, weight in _counted(characters, CHARACTER_WEIGHT).items():
        terms[character] = terms.get(character, 0.0) + weight
    return terms | _counted(map(_facet, facets_of(text)), FACET_WEIGHT)


def sounds_of(text: str) -> dict[str, float]:
    """Toneless pinyin, alone and in pairs; of Latin words the trigrams."""
    sounds: list[str] = []
    for run in _HAN.findall(text):
        spoken = [syllable(character) for character in run if character not in _stop()]
        sounds.extend(f"~{sound}" for sound in spoken)
        sounds.extend(f"~{first} {second}" for first, second in pairwise(spoken))
    for word in _LATIN.findall(text):
        if word not in _stop():
            sounds.extend(_trigrams(word))
    return _counted(sounds, 1.0)


def _counted(terms: Iterable[str], weight: float) -> dict[str, float]:
    counts: dict[str, float] = defaultdict(float)
    for term in terms:
        counts[term] += weight
    return dict(counts)


def pairs_of(word: str) -> list[str]:
    """The pairs of characters in a longer Chinese word, synonyms as one: 小提示 has 提示."""
    if word.isascii() or len(word) < 3:
        return []
    return [_token(word[start : start + 2]) for start in range(len(word) - 1)]


def _trigrams(word: str) -> list[str]:
    framed = f"^{word}$"
    return [f"~{framed[start : start + 3]}" for start in range(len(framed) - 2)]
