"""Draws pictures from their descriptions and develops photos; the one place that knows how pixels are made."""

from bot.pictures.darkroom import Darkroom, Unreadable
from bot.pictures.fonts import FONT_PACKAGE, Typeface, find_typeface
from bot.pictures.gallery import Gallery

__all__ = ["FONT_PACKAGE", "Darkroom", "Gallery", "Typeface", "Unreadable", "find_typeface"]
