"""Open streams have a maximum, and requests a rate; both are counted for each user."""

from __future__ import annotations

import pytest

from streamproof.relay.errors import TooMany
from streamproof.relay.limits_per_user import MAX_COUNTED_USERS, OpenStreams, RequestRates
from tests.relay.conftest import User, error_of, kinds
from tests.relay.scripted_ai import END


class Time:
    """Seconds that only the test moves."""

    seconds = 100.0

    def __call__(self):
        """Return the time."""
        return self.seconds


def test_a_rate_allows_its_number_and_then_returns_evenly():
    time = Time()
    rates = RequestRates(60, time)
    for _ in range(60):
        rates.take("ana")
    with pytest.raises(TooMany) as caught:
        rates.take("ana")
    assert caught.value.retry_after_seconds == 1
    rates.take("budi")
    time.seconds += 1.0
    rates.take("ana")
    with pytest.raises(TooMany):
        rates.take("ana")


def test_the_memory_for_rates_is_bounded():
    rates = RequestRates(1, Time())
    rates.take("first")
    for n in range(MAX_COUNTED_USERS):
        rates.take(str(n))
    rates.take("first")  # forgotten, so it has its whole rate again
    with pytest.raises(TooMany):
        rates.take(str(MAX_COUNTED_USERS - 1))


def test_streams_are_counted_while_they_are_open():
    streams = OpenStreams(2, "user")
    with streams.hold("ana"), streams.hold("ana"):
        with pytest.raises(TooMany, match="user"), streams.hold("ana"):
            pass
        with streams.hold("budi"):
            pass
    with streams.hold("ana"):
        pass


@pytest.mark.security(16)
async def test_requests_over_the_rate_get_429(start_relay):
    client = await start_relay(max_requests_per_minute=3)
    ana = User(client, "ana")
    answers = [await ana.get("rooms") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 20
    assert await error_of(answers[-1]) == "Too many requests"
    assert (await User(client, "budi").get("rooms")).status == 200


@pytest.mark.security(14)
@pytest.mark.parametrize("owner", ["turn", "user"])
async def test_readers_over_the_maximum_get_429_and_the_turn_goes_on(ai, start_relay, owner):
    client = await start_relay(**{f"max_readers_per_{owner}": 2})
    ana = User(client, "ana")
    room = await ana.room()
    readers = [await ana.ask(room), await ana.resume(chatRoomId=room)]
    refused = await ana.resume(chatRoomId=room)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
    assert await error_of(refused) == f"Too many open streams of this {owner}"
    await (await ai.call()).finish(END)
    assert kinds(await readers[0].rest())[-1] == "end"
    await readers[1].read()


async def test_a_question_is_not_taken_if_its_user_cannot_read_the_answer(ai, start_relay):
    client = await start_relay(max_readers_per_user=1)
    ana = User(client, "ana")
    first, second = await ana.room(), await ana.room()
    stream = await ana.ask(first)
    assert (await ana.post(f"{second}/stream", data={"message": "Hello?"})).status == 429
    assert await ana.history(second) == []
    await (await ai.call()).finish(END)
    await stream.rest()
