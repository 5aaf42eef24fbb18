"""Every page of the square."""

from __future__ import annotations

from django.urls import include, path, re_path, register_converter
from django.urls.converters import IntConverter

from parvis.web.views import (
    about,
    changing,
    decisions,
    digests,
    files,
    moderated,
    moderation,
    news,
    owner,
    people,
    preferences,
    profile_settings,
    reading,
    rss,
    search,
    writing,
)

ID = r"[0-8]?[0-9]{1,18}"  # below 2**63
ACCT = r"@(?P<acct>[A-Za-z0-9_.-]+(?:@[A-Za-z0-9_.:-]+)?)"


class IdConverter(IntConverter):
    """A number that an id may be; anything beyond is a page that does not exist."""

    regex = ID


register_converter(IdConverter, "id")

MODERATORS = [
    path("moderation", moderation.queue),
    path("moderation/closed", moderation.queue, {"closed": True}),
    path("moderation/reports/<id:report_id>", moderation.report),
    path("moderation/reports/<id:report_id>/decide", moderation.decide_report),
    re_path(rf"^moderation/reports/(?P<report_id>{ID})/(?P<verb>assign|unassign|close|reopen)$", moderation.change),
    path("moderation/accounts", moderated.search),
    re_path(rf"^moderation/accounts/{ACCT[1:]}$", moderated.one),
    path("moderation/people/<id:account_id>/decide", moderated.decide_account),
    path("moderation/people/<id:account_id>/lift", moderation.lift),
    path("moderation/people/<id:account_id>/remark", moderation.remark),
    path("moderation/waiting", moderated.waiting),
    re_path(rf"^moderation/waiting/(?P<account_id>{ID})/(?P<verb>approve|reject)$", moderated.answer),
    path("moderation/blocked", moderated.blocked),
    path("moderation/blocked/domains", moderated.block_domain),
    path("moderation/blocked/addresses", moderated.block_address),
    re_path(rf"^moderation/blocked/(?P<which>domains|addresses)/(?P<block_id>{ID})/remove$", moderated.unblock),
]
OWNER = [
    path("square/settings", owner.change),
    path("square/invitations", owner.invitations),
    path("square/invitations/<id:invitation_id>/revoke", owner.revoke),
    path("square/mail", owner.mail),
    path("square/mail/<str:name>", owner.letter),
    path("square/state", owner.state),
]
urlpatterns = [
    *MODERATORS,
    *OWNER,
    path("", include("parvis.web.own_urls")),
    path("", reading.welcome),
    path("home", reading.home),
    path("public", reading.public),
    path("network", reading.network),
    path("bookmarks", reading.bookmarks),
    path("search", search.search),
    re_path(r"^tags/(?P<name>[^/]{1,255})$", reading.tag),
    re_path(r"^tags/(?P<name>[^/]{1,255})/(?P<verb>follow|unfollow)$", reading.follow_tag),
    path("notifications", news.notifications),
    path("compose", writing.compose),
    path("posts/undo", changing.undo),
    path("posts/<id:post_id>/delete", changing.delete),
    path("posts/<id:post_id>/vote", writing.vote),
    path("posts/<id:post_id>/<slug:verb>", writing.mark),
    path("people/<id:account_id>/follow", people.follow),
    path("people/<id:account_id>/unfollow", people.unfollow),
    re_path(rf"^people/(?P<account_id>{ID})/(?P<verb>accept|reject)$", news.answer_request),
    re_path(rf"^people/(?P<account_id>{ID})/(?P<verb>mute|unmute|block|unblock)$", people.relate),
    path("people/<id:account_id>/report", changing.report),
    path("settings/profile", profile_settings.profile),
    re_path(r"^settings/people/(?P<which>following|followers|muted|blocked)$", people.mine),
    path("settings/decisions", decisions.decisions),
    path("settings", preferences.appearance),
    path("settings/language", preferences.language),
    path("settings/theme", preferences.theme),
    re_path(r"^digests/stop/(?P<token>[A-Za-z0-9:_-]{1,300})$", digests.stop),
    path("about", about.about),
    path("about/privacy", about.privacy),
    path("manifest.webmanifest", files.manifest),
    path("avatars/default/<int:variant>.png", files.default_avatar),
    path("avatars/header.png", files.default_header),
    path("static/<path:path>", files.static),
    re_path(rf"^{ACCT}/(?P<post_id>{ID})$", reading.thread),
    re_path(rf"^{ACCT}/(?P<post_id>{ID})/history$", reading.history),
    re_path(rf"^{ACCT}/(?P<post_id>{ID})/edit$", changing.edit),
    re_path(r"^@(?P<acct>[A-Za-z0-9_]+)\.rss$", rss.account_feed),
    re_path(rf"^{ACCT}/(?P<section>replies|media)$", people.profile),
    re_path(rf"^{ACCT}$", people.profile),
]
handler400 = "parvis.web.views.about.bad_request"
handler403 = "parvis.web.views.about.forbidden"
handler404 = "parvis.web.views.about.not_found"
