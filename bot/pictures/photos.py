"""From what somebody sent to a JPEG that holds what is to be seen, and nothing else."""

import io
import struct

from PIL import Image, ImageOps

from bot.pictures.darkroom import Unreadable

MAX_SIDE = 1600
QUALITY = 85
# A JPEG is read at a fraction of its size where that is enough; the others take 8 bytes a pixel for a moment.
MAX_PIXELS = {"JPEG": 40_000_000, "PNG": 12_000_000, "WEBP": 12_000_000}

# What Pillow raises for files that are broken, cut off, or made to exhaust us.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_BAD_EXIF = (*_BROKEN, struct.error, KeyError, TypeError, IndexError)


def develop(data: bytes) -> bytes:
    """A JPEG of at most MAX_SIDE pixels a side, upright, without EXIF, place, comment, thumbnail or profile.

    Raises Unreadable for what is no whole JPEG, PNG or WebP, or too large.
    """
    try:
        image = _upright(_opened(data))
    except _BROKEN as fault:
        raise Unreadable(f"{type(fault).__name__}: not a whole {', '.join(MAX_PIXELS)}") from fault
    clean = Image.new("RGB", image.size, "white")  # a new one: Pillow would save a comment that it has read
    clean.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    written = io.BytesIO()
    clean.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()


def _opened(data: bytes) -> Image.Image:
    """The picture with its size judged, before a pixel of it is read."""
    image = Image.open(io.BytesIO(data), formats=tuple(MAX_PIXELS))
    if image.width * image.height > MAX_PIXELS[image.format or "JPEG"]:
        raise Unreadable(f"{image.width} x {image.height} pixels")
    image.draft("RGB", (MAX_SIDE, MAX_SIDE))
    return image


def _upright(image: Image.Image) -> Image.Image:
    """Smaller, turned as its EXIF says, in colours that a JPEG can hold or with what shines through."""
    image.load()
    clear = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA")
    mode = "RGBA" if clear else "RGB"
    small = image if image.mode == mode else image.convert(mode)
    small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    try:
        return ImageOps.exif_transpose(small)
    except _BAD_EXIF:
        return small  # it may lie on its side, and shows all the same
