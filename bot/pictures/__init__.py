"""Draws pictures from their descriptions; the one place that knows how pixels are made."""

from bot.pictures.fonts import FONT_PACKAGE, Typeface, find_typeface
from bot.pictures.gallery import Gallery

__all__ = ["FONT_PACKAGE", "Gallery", "Typeface", "find_typeface"]
