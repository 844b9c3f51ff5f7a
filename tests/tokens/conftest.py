"""A Redis for the tests of tokens."""

import pytest
from redis import Redis


@pytest.fixture
def redis_url(redis_url: str) -> str:
    """The address of an empty Redis database, given time: on a busy machine it is slow, and yet not away."""
    return f"{redis_url}?socket_timeout=60&socket_connect_timeout=60"


@pytest.fixture
def redis(redis_url: str) -> Redis:
    """What anybody can see in it and do to it, past the tokens."""
    return Redis.from_url(redis_url)
