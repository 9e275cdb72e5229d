"""What is left of a photo: what is to be seen, and nothing else."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from bot.pictures import Darkroom, Unreadable
from bot.pictures.photos import MAX_SIDE, develop
from tests.pictures.samples import opened

GPS = {1: "N", 2: (23.0, 7.0, 44.0), 3: "E", 4: (113.0, 15.0, 52.0)}
SECRET = "王阿姨家的阳台".encode()


def photo(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **saved: Any) -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new(mode, size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    written = io.BytesIO()
    image.save(written, kind, **saved)
    return written.getvalue()


def telltale(orientation: int = 1) -> Image.Exif:
    """EXIF as a phone writes it: place, maker, time, serial number, comment."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Phone of Aunt Wang"
    exif[0x0132] = "2026:11:22 08:00:00"
    exif.get_ifd(0x8769)[0x9286] = SECRET
    exif.get_ifd(0x8825).update(GPS)
    return exif


def texts() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", "<x>Phone of Aunt Wang</x>")
    return info


TELLTALES = {
    "jpeg": photo(exif=telltale(), comment=SECRET, dpi=(72, 72), icc_profile=b"Phone of Aunt Wang profile" * 9),
    "png": photo("PNG", exif=telltale(), pnginfo=texts()),
    "webp": photo("WEBP", exif=telltale(), xmp=b"<x>Phone of Aunt Wang</x>"),
}


@pytest.mark.parametrize("kind", TELLTALES)
def test_nothing_of_the_metadata_is_left(kind: str) -> None:
    before, after = opened(TELLTALES[kind]), opened(develop(TELLTALES[kind]))
    assert dict(before.getexif().get_ifd(0x8825))[1] == "N", "the sample must tell the place"
    assert (after.format, dict(after.getexif()), dict(after.getexif().get_ifd(0x8825))) == ("JPEG", {}, {})
    assert set(after.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    data = develop(TELLTALES[kind])
    for trace in (SECRET, b"Aunt Wang", b"Exif", b"ICC_PROFILE", b"2026:11:22", b"http://ns.adobe.com"):
        assert trace not in data


@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [(1, (60, 40), (5, 20)), (3, (60, 40), (55, 20)), (6, (40, 60), (20, 5)), (8, (40, 60), (20, 55))],
)
def test_a_photo_stands_upright(orientation: int, size: tuple[int, int], red: tuple[int, int]) -> None:
    image = opened(develop(photo(exif=telltale(orientation))))
    assert image.size == size
    pixel = image.getpixel(red)
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200 > 60 > pixel[2]


@pytest.mark.parametrize("size", [(4000, 1000), (1000, 4000), (5000, 5000)])
def test_a_large_photo_gets_smaller_and_keeps_its_shape(size: tuple[int, int]) -> None:
    image = opened(develop(photo(size=size)))
    assert max(image.size) == MAX_SIDE
    assert image.width / image.height == pytest.approx(size[0] / size[1], rel=0.01)


def test_a_small_photo_is_not_blown_up() -> None:
    assert opened(develop(photo(size=(3, 2)))).size == (3, 2)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "P", "1", "I;16"])
def test_every_kind_of_colour(mode: str) -> None:
    written = io.BytesIO()
    Image.new(mode, (20, 20)).save(written, "PNG")
    assert opened(develop(written.getvalue())).mode == "RGB"


def test_what_shines_through_is_white() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(written, "PNG")
    assert opened(develop(written.getvalue())).getpixel((10, 10)) == (255, 255, 255)


def test_cmyk_and_an_animation() -> None:
    assert opened(develop(photo(mode="CMYK"))).mode == "RGB"
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    written = io.BytesIO()
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:])
    assert opened(develop(written.getvalue())).size == (20, 20)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_says(width: int, height: int, data: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + data + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


UNREADABLE = {
    "nothing": b"",
    "words": b"<html>not found</html>",
    "a gif": photo("GIF"),
    "a tiff": photo("TIFF"),
    "a bmp": photo("BMP"),
    "an svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "half a jpeg": photo(size=(600, 400), quality=95)[:1500],
    "half a png": photo("PNG", (600, 400))[:300],
    "half a webp": photo("WEBP", (600, 400))[:60],
    "the beginning of a jpeg": photo()[:20],
    "a bomb of pixels": png_that_says(50_000, 50_000),
    "a bomb that only warns": png_that_says(10_000, 10_000),
    "a bomb of words": png_that_says(10, 10, chunk(b"zTXt", b"k\0\0" + zlib.compress(b"x" * 100_000_000))),
    "a large png": png_that_says(4_000, 3_001),
    "no pixels": png_that_says(0, 0),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_is_no_photo_is_refused(kind: str) -> None:
    with pytest.raises(Unreadable):
        develop(UNREADABLE[kind])


def test_every_cut_of_a_photo_is_refused_or_whole() -> None:
    data = TELLTALES["jpeg"]
    for end in range(0, len(data), 37):
        try:
            developed = develop(data[:end])
        except Unreadable:
            continue
        assert opened(developed).size == (60, 40)


def test_a_broken_exif_costs_the_orientation_alone() -> None:
    data = bytearray(photo(exif=telltale(6)))
    at = data.index(b"Exif\0\0") + 6
    data[at : at + 8] = b"garbage!"
    assert opened(develop(bytes(data))).size == (60, 40)


async def test_the_darkroom_does_the_same() -> None:
    room = Darkroom()
    assert await room.develop(TELLTALES["jpeg"]) == develop(TELLTALES["jpeg"])
    with pytest.raises(Unreadable):
        await room.develop(b"no photo")
