"""The page on which people accept, edit and reject candidates."""

from spuriverse.review_app.server import serve

__all__ = ["serve"]
