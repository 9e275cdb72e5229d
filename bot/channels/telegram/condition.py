"""How the channel is: ready, or one sentence that says what is wrong and what to do."""

import logging

log = logging.getLogger(__name__)

READY = "ready"


class Condition:
    """A trouble is logged once when it begins and once when it is over, however often it is met between."""

    def __init__(self) -> None:
        self.sentence = "Telegram has not been reached yet; wait a few seconds."

    def trouble(self, sentence: str) -> None:
        if sentence != self.sentence:
            log.warning("%s", sentence)
        self.sentence = sentence

    def well(self) -> None:
        if self.sentence != READY:
            log.info("Telegram is ready")
        self.sentence = READY
