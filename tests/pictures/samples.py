import io

import pytest
from PIL import Image

from bot.pictures import Typeface, find_typeface


def typeface() -> Typeface:
    found = find_typeface()
    if not found:
        pytest.skip("no font with Chinese characters: install one (Debian: fonts-noto-cjk) to draw pictures")
    return found


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image
