"""The fixed sentences of the bot, by language and key, with named blanks."""

from collections.abc import Mapping

DEFAULT_LANGUAGE = "zh"


class Phrases:
    def __init__(self, by_language: Mapping[str, Mapping[str, str]]) -> None:
        self._by_language = by_language
        self._alike: dict[str, frozenset[str]] = {}
        for key in {key for sentences in by_language.values() for key in sentences}:
            alike = frozenset(sentences[key] for sentences in by_language.values() if key in sentences)
            self._alike.update(dict.fromkeys(alike, alike))

    def say(self, language: str, key: str, **blanks: object) -> str:
        """The sentence for `key` with its blanks filled; Chinese where the language lacks it.

        Raises KeyError for a key or a blank that the phrase files do not have.
        """
        sentences = self._by_language.get(language, {})
        sentence = sentences.get(key) or self._by_language[DEFAULT_LANGUAGE][key]
        return sentence.format_map(blanks) if blanks else sentence

    def alike(self, sentence: str) -> frozenset[str]:
        """A fixed sentence without blanks in every language; of any other text only itself."""
        return self._alike.get(sentence, frozenset({sentence}))
