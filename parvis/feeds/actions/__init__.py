"""What feeds write: entries of timelines (entries.py), filters, announcements, trends."""

from .entries import (
    BOOST_WINDOW,
    FILL,
    KEEP,
    enter_home,
    fan_out,
    fill,
    fill_home,
    take_author,
    take_author_from_lists,
    take_entry,
    take_feed,
    take_post,
    take_tag,
    trim,
)

__all__ = [
    "BOOST_WINDOW", "FILL", "KEEP", "enter_home", "fan_out", "fill", "fill_home", "take_author", "take_author_from_lists", "take_entry",
    "take_feed", "take_post", "take_tag", "trim",
]  # fmt: skip
