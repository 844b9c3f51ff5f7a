"""The raw server of the transports' contract, for the library's other tests."""

from daraja.testing.transport_contract.server import Behaviour, Conversation, RawServer, Seen, http, raw_server

__all__ = ["Behaviour", "Conversation", "RawServer", "Seen", "http", "raw_server"]
