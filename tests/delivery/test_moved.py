"""A group that gets another id from its platform, on both engines."""

from bot.messages import Address
from tests.conftest import Clock
from tests.delivery.samples import Service

OLD, NEW = "-4012345678", "-1002233445566"


async def test_the_tips_go_on_under_the_new_id_and_none_comes_twice(service: Service, clock: Clock) -> None:
    await service.subscribe(OLD, "10:00")
    clock.passes(hours=1)
    first = await service.tick()
    moved = service.message(OLD)
    for _ in range(2):
        await service.subscriptions.move(moved, NEW)
    assert await service.tick() == []
    clock.passes(days=1)
    second = await service.tick()

    assert len(first) == len(second) == 1
    assert first != second
    assert [address for address, _ in service.platform.got] == [
        Address("telegram", OLD, OLD),
        Address("telegram", NEW, NEW),
    ]
    assert await service.delivered() == ["sent", "sent"]


async def test_what_waits_goes_to_the_new_id(service: Service, clock: Clock) -> None:
    await service.subscribe(OLD, "10:00")
    clock.passes(hours=1)
    await service.schedule.tick(clock.now)
    await service.subscriptions.move(service.message(OLD), NEW)
    await service.tick()
    assert [address.chat for address, _ in service.platform.got] == [NEW]


async def test_who_has_subscribed_under_the_new_id_keeps_that(service: Service) -> None:
    await service.subscribe(OLD, "10:00")
    kept = await service.subscribe(NEW, "12:00")
    await service.subscriptions.move(service.message(OLD), NEW)
    assert await service.subscriptions.of(kept.address) == kept
    assert await service.subscriptions.of(Address("telegram", OLD, OLD)) is None
    assert sorted(map(str, await service.states())) == ["active", "stopped"]
