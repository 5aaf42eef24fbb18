"""The square's own settings, under the name that pages use."""

from parvis.identity.queries import square as square_settings

__all__ = ["square_settings"]
