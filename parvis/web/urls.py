"""Every page of the square."""

from __future__ import annotations

from django.urls import path, re_path

from parvis.web.views import about, changing, digests, files, news, people, preferences, profile_settings, reading, rss, search, writing

ACCT = r"@(?P<acct>[A-Za-z0-9_.-]+(?:@[A-Za-z0-9_.:-]+)?)"

urlpatterns = [
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
    path("posts/<int:post_id>/delete", changing.delete),
    path("posts/<int:post_id>/vote", writing.vote),
    path("posts/<int:post_id>/<slug:verb>", writing.mark),
    path("people/<int:account_id>/follow", people.follow),
    path("people/<int:account_id>/unfollow", people.unfollow),
    re_path(r"^people/(?P<account_id>[0-9]{1,18})/(?P<verb>accept|reject)$", news.answer_request),
    re_path(r"^people/(?P<account_id>[0-9]{1,18})/(?P<verb>mute|unmute|block|unblock)$", people.relate),
    path("people/<int:account_id>/report", changing.report),
    path("settings/profile", profile_settings.profile),
    re_path(r"^settings/people/(?P<which>following|followers|muted|blocked)$", people.mine),
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
    re_path(rf"^{ACCT}/(?P<post_id>[0-9]{{1,18}})$", reading.thread),
    re_path(rf"^{ACCT}/(?P<post_id>[0-9]{{1,18}})/history$", reading.history),
    re_path(rf"^{ACCT}/(?P<post_id>[0-9]{{1,18}})/edit$", changing.edit),
    re_path(r"^@(?P<acct>[A-Za-z0-9_]+)\.rss$", rss.account_feed),
    re_path(rf"^{ACCT}/(?P<section>replies|media)$", people.profile),
    re_path(rf"^{ACCT}$", people.profile),
]
handler400 = "parvis.web.views.about.bad_request"
handler403 = "parvis.web.views.about.forbidden"
handler404 = "parvis.web.views.about.not_found"
