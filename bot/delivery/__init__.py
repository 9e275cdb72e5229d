"""What leaves by the clock: the schedule decides, the outbox sends."""
