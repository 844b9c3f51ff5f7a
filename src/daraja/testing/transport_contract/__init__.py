"""What every transport promises, as tests that pytest runs on a transport of your own, against real sockets."""

from daraja.testing.transport_contract.answers import AnswerPromises
from daraja.testing.transport_contract.doubts import DoubtPromises
from daraja.testing.transport_contract.refusals import NotSentPromises

__all__ = ["TransportContract"]


class TransportContract(AnswerPromises, NotSentPromises, DoubtPromises):
    """Proves a transport: subclass it in a test module, say how one is made, and let pytest run it.

    >>> from daraja.transports.requests import RequestsTransport
    >>> class TestRequestsTransport(TransportContract):
    ...     def make_transport(self, clock):
    ...         return RequestsTransport(clock=clock)

    Each test makes a transport of its own and a server on loopback that answers well, badly or not at all. What would
    take long is asked with little ``patience``, so no test waits for more than a second.

    An asynchronous transport runs in a loop of the subclass's own. Override ``send``, ``send_all`` and ``close`` for
    that, and say ``takes_clock = False`` where it cannot be told how much time has passed:

    >>> import asyncio
    >>> from daraja.transports.httpx2 import Httpx2Transport
    >>> class TestHttpx2Transport(TransportContract):
    ...     takes_clock = False
    ...
    ...     def make_transport(self, clock):
    ...         self.loop = asyncio.Runner()
    ...         return Httpx2Transport()
    ...
    ...     def send(self, transport, request):
    ...         return self.loop.run(transport.asend(request))
    ...
    ...     def send_all(self, transport, requests):
    ...         async def gather():
    ...             return await asyncio.gather(*map(transport.asend, requests))
    ...
    ...         return self.loop.run(gather())
    ...
    ...     def close(self, transport):
    ...         self.loop.run(transport.aclose())
    ...         self.loop.close()
    """
