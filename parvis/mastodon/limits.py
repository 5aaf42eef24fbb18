"""The limits that the instance documents announce, as the capabilities enforce them."""

from __future__ import annotations

from typing import Any

from parvis.media import formats
from parvis.network.actions import marks, profile, tags


def media() -> dict[str, Any]:
    """Return `media_attachments`: accepted types, sizes in bytes, pixels, frames per second."""
    return {
        "supported_mime_types": list(formats.MEDIA_TYPES),
        "description_limit": formats.DESCRIPTION_LENGTH,
        "image_size_limit": formats.IMAGE_BYTES,
        "image_matrix_limit": formats.IMAGE_PIXELS,
        "video_size_limit": formats.VIDEO_BYTES,
        "video_frame_rate_limit": 120,
        "video_matrix_limit": 8_294_400,
    }


def accounts() -> dict[str, Any]:
    """Return `accounts`: what a profile holds."""
    return {
        "max_display_name_length": profile.MAX_NAME,
        "max_note_length": profile.MAX_NOTE,
        "max_avatar_description_length": profile.MAX_DESCRIPTION,
        "max_header_description_length": profile.MAX_DESCRIPTION,
        "max_featured_tags": tags.MAX_FEATURED,
        "max_pinned_statuses": marks.MAX_PINS,
        "max_profile_fields": profile.MAX_FIELDS,
        "profile_field_name_limit": profile.MAX_FIELD,
        "profile_field_value_limit": profile.MAX_FIELD,
    }
