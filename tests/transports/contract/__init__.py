"""What both transports promise, on real sockets."""

from tests.transports.contract.answers import AnswerPromises, ConnectionPromises
from tests.transports.contract.doubts import DoubtPromises
from tests.transports.contract.not_sent import NotSentPromises
from tests.transports.contract.proxies import ProxyPromises

__all__ = ["TransportContract"]


class TransportContract(AnswerPromises, ConnectionPromises, NotSentPromises, DoubtPromises, ProxyPromises):
    """Proves a transport: subclass it and say how one is made. Each test has a server on loopback of its own."""
