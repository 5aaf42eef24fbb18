"""The limits that the instance documents announce, as the capabilities enforce them."""

from __future__ import annotations

from typing import Any

IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif")
VIDEO_TYPES = ("video/mp4", "video/webm", "video/quicktime")
AUDIO_TYPES = ("audio/mpeg", "audio/ogg", "audio/wav", "audio/flac", "audio/mp4", "audio/webm")


def media() -> dict[str, Any]:
    """Return `media_attachments`: accepted types, sizes in bytes, pixels, frames per second."""
    return {
        "supported_mime_types": [*IMAGE_TYPES, *VIDEO_TYPES, *AUDIO_TYPES],
        "description_limit": 1500,
        "image_size_limit": 16 * 1024 * 1024,
        "image_matrix_limit": 33_177_600,
        "video_size_limit": 99 * 1024 * 1024,
        "video_frame_rate_limit": 120,
        "video_matrix_limit": 8_294_400,
    }


def accounts() -> dict[str, Any]:
    """Return `accounts`: what a profile holds."""
    return {"max_featured_tags": 10, "max_note_length": 500, "max_profile_fields": 4}
