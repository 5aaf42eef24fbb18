"""The worker names the language of posts whose client named none. Short or uncertain texts keep the author's."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from parvis.kernel import changes
from parvis.network import languages
from parvis.network.actions import posts as network
from parvis.network.events import PostPublished
from parvis.network.queries import posts


def name_languages(events: Sequence[PostPublished]) -> None:
    """Each post's language is what its text is written in, where that is clear. Repeating it changes nothing.

    Raises NotReady during the first seconds of a square: the outbox then tries again.
    """
    wanted = [event.post_id for event in events if event.language_open]
    if not wanted:
        return
    changes.sync()
    clear: dict[str, list[int]] = {}
    for post in posts(wanted).values():
        code = languages.detect(post.text, post.language)
        if code and code != post.language.partition("-")[0]:
            clear.setdefault(code, []).append(post.id)
    if clear:
        with transaction.atomic():
            network.set_languages(clear)
