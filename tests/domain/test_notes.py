from base64 import b64decode, b64encode

from bot.domain.notes import Signer, poll_signer

# The published vectors of golang.org/x/mod/sumdb/note, note_test.go: the origin of the format.
PETER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETERS_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SEED = b"s" * 32


def test_a_note_is_that_of_the_reference_implementation() -> None:
    algorithm_and_seed = b64decode(PETER.split("+", 4)[4])
    signer = Signer("PeterNeumann", algorithm_and_seed[1:])

    assert signer.vkey == PETERS_KEY
    assert signer.sign(TEXT) == f"{TEXT}\n{SIGNATURE}"


def test_a_checkpoint_has_the_lines_of_its_specification() -> None:
    signer = poll_signer(SEED, "deeds")
    origin, size, root, blank, signature, end = signer.checkpoint(20852163, b"r" * 32).split("\n")

    assert (origin, size, root) == (signer.name, "20852163", b64encode(b"r" * 32).decode())
    assert (blank, end) == ("", "")
    assert signature.startswith(f"— {origin} ")


def test_polls_and_services_have_logs_of_different_names() -> None:
    names = {poll_signer(seed, poll).name for seed in (SEED, b"t" * 32) for poll in ("deeds", "other")}

    assert len(names) == 4
    assert all(set(name).isdisjoint("+ \n") for name in names), "signed-note: no spaces, no plus"
