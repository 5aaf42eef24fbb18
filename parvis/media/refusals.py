"""What is said about a file that is not taken: one text per reason."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from parvis.kernel.errors import Invalid
from parvis.media.isolated.broken import Broken

TEXTS = {
    "blank": gettext_noop("Validation failed: File can't be blank"),
    "type": gettext_noop("File type of uploaded media could not be verified"),
    "heic": gettext_noop("HEIC pictures cannot be read here. Send the picture as JPEG, PNG, WebP or AVIF."),
    "not_a_picture": gettext_noop("This file is not a picture that can be read here. Send a JPEG, PNG, GIF, WebP or AVIF."),
    "too_large": gettext_noop("The file is larger than %(limit_mb)d MB. Choose a smaller one."),
    "too_many_pixels": gettext_noop(
        "The picture has %(width)d by %(height)d pixels; this server accepts 33 million pixels. Choose a smaller one."
    ),
    "too_many_frames": gettext_noop("The animation has too many pictures (%(frames)d). Choose a shorter one."),
    "too_complex": gettext_noop("The file takes too long or too much memory to read. Choose a simpler one."),
    "busy": gettext_noop("Many files are being read at this moment. Send it again in a minute."),
    "truncated": gettext_noop("The file is incomplete. Send it again, or choose another."),
    "unreadable": gettext_noop("The file is damaged, or not what it seems to be."),
    "no_media": gettext_noop("There is neither sound nor picture in this file."),
    "description_too_long": gettext_noop("Validation failed: Description is too long (maximum is %(limit)d characters)"),
    "in_use": gettext_noop("Media attachment is currently used by a status"),
}


def text_of(code: str, **values: object) -> str:
    """Return the text of a reason in the reader's language."""
    return _(TEXTS[code]) % values if values else _(TEXTS[code])


def refusal(problem: Broken) -> Invalid:
    """Return the refusal that a broken file deserves."""
    code = problem.code if problem.code in TEXTS else "unreadable"
    return Invalid(text_of(code, **problem.values), code=f"media.{code}")
