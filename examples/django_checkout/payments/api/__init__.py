"""The JSON API, and the callback address for Safaricom."""
