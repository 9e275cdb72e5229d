"""The fixed sentences of the bot, by language and key, with named blanks."""

from collections.abc import Mapping

DEFAULT_LANGUAGE = "zh"


class Phrases:
    def __init__(self, by_language: Mapping[str, Mapping[str, str]]) -> None:
        self._by_language = by_language

    def say(self, language: str, key: str, **blanks: object) -> str:
        """The sentence for `key` with its blanks filled; Chinese where the language lacks it.

        Raises KeyError for a key or a blank that the phrase files do not have.
        """
        sentences = self._by_language.get(language, {})
        sentence = sentences.get(key) or self._by_language[DEFAULT_LANGUAGE][key]
        return sentence.format_map(blanks) if blanks else sentence
