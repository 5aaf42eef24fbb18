"""oEmbed (oembed.com): a public post as a quotation that other pages may show. Plain HTML, no script, no frame."""

from __future__ import annotations

from html import escape
from typing import Any

from django.conf import settings

from parvis.identity.queries import square
from parvis.mastodon.account import profile_url
from parvis.mastodon.status import status_url
from parvis.network.queries import AccountData, PostData

WIDTH = 400
CACHE_S = 86_400


def document(post: PostData, author: AccountData, *, width: int) -> dict[str, Any]:
    """Return the oEmbed document of a post that everybody may see. What has a warning stands behind it."""
    url = escape(status_url(post, author))
    text = post.html
    if post.spoiler_text or post.sensitive:
        text = f"<p>{escape(post.spoiler_text)}</p>"
    html = (
        f'<blockquote class="parvis-embed" cite="{url}" style="max-width:{width}px">{text}'
        f"<footer>{escape(author.name)} (@{escape(author.username)}@{escape(settings.DOMAIN)}),"
        f' <a href="{url}">{post.created_at:%Y-%m-%d %H:%M} UTC</a></footer></blockquote>'
    )
    return {
        "type": "rich",
        "version": "1.0",
        "title": f"{author.name} (@{author.username}@{settings.DOMAIN})",
        "author_name": author.name,
        "author_url": profile_url(author),
        "provider_name": square().title,
        "provider_url": settings.BASE_URL + "/",
        "cache_age": CACHE_S,
        "html": html,
        "width": width,
        "height": None,
    }
