"""Browser sessions end."""

from __future__ import annotations

from allauth.usersessions.models import UserSession


def end_sessions(user_id: int, *, keep: str | None = None) -> int:
    """The person is logged out of every browser, except the session whose key is `keep`. Return how many ended."""
    ended = 0
    for session in UserSession.objects.filter(user_id=user_id).exclude(session_key=keep or ""):
        session.end()
        ended += 1
    return ended
