"""What an import says of a file, a line or a post that it could not take: one text per reason."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from parvis.kernel.errors import Invalid
from parvis.portability.archives.opening import Unreadable

TEXTS = {
    "not_an_archive": gettext_noop("This file is neither a ZIP nor a TAR archive. Send the file as the service gave it to you."),
    "not_recognised": gettext_noop("This is no archive of Mastodon, X, Facebook or Instagram that can be read here."),
    "html_archive": gettext_noop("This archive is made of pages (HTML). Ask the service for it again, in the JSON format."),
    "damaged_file": gettext_noop("The file is damaged or incomplete. Download it from the service again."),
    "damaged": gettext_noop("%(name)s is damaged."),
    "cut_off": gettext_noop("%(name)s is cut off: what it holds was read up to there."),
    "no_list": gettext_noop("%(name)s holds no list of posts."),
    "missing": gettext_noop("%(name)s is not in this archive."),
    "too_large": gettext_noop("%(name)s is larger than what can be read here."),
    "too_many": gettext_noop("The archive holds more than %(limit)d files."),
    "bomb": gettext_noop("%(name)s unpacks to far more than it should, and was not read."),
    "encrypted": gettext_noop("%(name)s is protected by a password."),
    "not_a_post": gettext_noop("This entry is not a post that can be read."),
    "date": gettext_noop("The date of this post is missing or impossible."),
    "nothing": gettext_noop("Nothing of this post could be read."),
    "media": gettext_noop("%(name)s: %(reason)s"),
    "boost": gettext_noop("A boost of somebody else's post."),
    "story": gettext_noop("A story, made to vanish."),
    "empty": gettext_noop("An entry without text, picture or link."),
    "already": gettext_noop("It is here already."),
    "not_csv": gettext_noop("This file is not a CSV file in UTF-8."),
    "wrong_csv": gettext_noop("This file does not look like what was chosen. Nothing was changed."),
    "empty_csv": gettext_noop("This file has no line. Nothing was changed."),
    "too_many_lines": gettext_noop("This file has more than %(limit)d lines."),
    "address": gettext_noop("This is not an account's address."),
    "unknown_account": gettext_noop("No account of this address is known here."),
    "unknown_post": gettext_noop("No post of this address can be seen here."),
    "oneself": gettext_noop("This is your own account."),
    "internal": gettext_noop("Something went wrong on our end."),
}


def text_of(code: str, values: dict[str, object] | None = None) -> str:
    """Return the text of a reason in the reader's language."""
    return _(TEXTS[code]) % values if values else _(TEXTS[code])


def reason(problem: Unreadable) -> str:
    """Return the text of what could not be read."""
    return text_of(problem.code, problem.values)


def refusal(code: str, **values: object) -> Invalid:
    """Return the refusal of a whole file."""
    return Invalid(text_of(code, values), code=f"import.{code}")
