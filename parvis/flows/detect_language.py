"""The worker names the language of posts whose client named none. Short or uncertain texts keep the author's."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from parvis.kernel import changes
from parvis.network import languages
from parvis.network.actions import posts as network
from parvis.network.events import LanguageLeftOpen
from parvis.network.queries import posts


def name_languages(events: Sequence[LanguageLeftOpen]) -> None:
    """Each post's language is what its text is written in, where that is clear. Repeating it changes nothing.

    Raises NotReady during the first seconds of a square: the outbox then tries again.
    """
    changes.sync()
    found = posts(event.post_id for event in events)
    clear = {post.id: languages.detect(post.text, post.language) for post in found.values()}
    with transaction.atomic():
        for post_id, code in clear.items():
            if code and code != found[post_id].language.partition("-")[0]:
                network.set_language(post_id, code)
