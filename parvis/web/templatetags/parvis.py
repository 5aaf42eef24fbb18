"""What templates may call: icons, faces, moments, placeholders."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.conf import settings
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.identity import queries
from parvis.kernel.clock import now
from parvis.moderation.queries import open_reports_count
from parvis.web import faces, fragments, placeholders, static_files
from parvis.web.cards import Face, PostCard, faces_of
from parvis.web.forms import Compose

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """Return an icon of the sprite: decoration without a label, an image with one."""
    href = f"{static_files.address('parvis/icons.svg')}#{name}"
    css = f"icon {css}".strip()
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, href)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', css, href)


@register.simple_tag
def drawn_face(account_id: Any) -> SafeString:
    """Return the stone arch of an account without a picture."""
    return mark_safe(faces.svg(int(account_id)))  # noqa: S308 - drawn from numbers


@register.simple_tag
def drawn_banner(account_id: Any) -> SafeString:
    """Return the arcade of an account without a banner."""
    return mark_safe(faces.banner_svg(int(account_id)))  # noqa: S308 - drawn from numbers


@register.simple_tag
def blur(blurhash: str) -> str:
    """Return a tiny picture for a blurhash as a data address, "" when there is none."""
    return placeholders.data_address(blurhash)


@register.filter
def ago(moment: datetime) -> str:
    """Return how long ago, briefly: "now", "5 min", "3 h", "yesterday", then the date."""
    gone = now() - moment
    if gone < timedelta(minutes=1):
        return _("now")
    if gone < timedelta(hours=1):
        return _("%(n)s min") % {"n": gone.seconds // 60}
    if gone < timedelta(days=1):
        return _("%(n)s h") % {"n": gone.seconds // 3600}
    if gone < timedelta(days=7):
        return _("%(n)s d") % {"n": gone.days}
    return formats.date_format(moment, "j M" if moment.year == now().year else "j M Y")


@register.filter
def until(moment: datetime) -> str:
    """Return how long until a moment: "3 days", "2 hours", "5 minutes"."""
    left = moment - now()
    if left >= timedelta(days=1):
        return ngettext("%(n)s day", "%(n)s days", left.days) % {"n": left.days}
    if left >= timedelta(hours=1):
        hours = left.seconds // 3600
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    minutes = max(1, left.seconds // 60)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


@register.filter
def full(moment: datetime) -> str:
    """Return a moment in full, in the page's language, UTC."""
    return formats.date_format(timezone.localtime(moment), "j F Y, H:i")


@register.simple_tag(takes_context=True)
def here(context: Any, *prefixes: str) -> SafeString:
    """Return aria-current for the place that the page belongs to."""
    path = context["request"].path if "request" in context else ""
    return mark_safe(' aria-current="page"') if path in prefixes else mark_safe("")


@register.simple_tag(takes_context=True)
def post_html(context: Any, post: PostCard, joined: str = "", nested: str = "", show_pin: str = "") -> SafeString:
    """Return a post as <c-post> draws it, kept from one page to the next."""
    times = [ago(post.created_at)]
    for one in (post, post.quote):
        if one is not None and one.poll and one.poll.ends_at and not one.poll.ended:
            times.append(until(one.poll.ends_at))
    if post.quote is not None:
        times.append(ago(post.quote.created_at))
    place = {"joined": joined, "nested": nested, "show_pin": show_pin}
    return fragments.post(post, tuple(times), place, context.get("csrf_token", ""), context["request"].get_full_path())


@register.simple_tag(takes_context=True)
def composer_html(context: Any, form: Compose) -> SafeString:
    """Return an empty composer as <c-composer> draws it, kept from one page to the next."""
    return fragments.composer(form, context["me"], context.get("csrf_token", ""))


@register.simple_tag
def open_reports() -> int:
    """Return how many reports wait for a moderator."""
    return open_reports_count()


@register.simple_tag
def demo_people() -> list[Face]:
    """Return the people of a demo square whom one click logs in; none on any other square."""
    if not settings.IS_DEMO:
        return []
    return faces_of(u.account_id for u in queries.demo_people() if u.account_id)
