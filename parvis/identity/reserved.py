"""Names that nobody may take: they would read as the square itself, or stand in the way of its addresses."""

from __future__ import annotations

# Mastodon's list (config/settings.yml, reserved_usernames), then ours.
_TEXT = """
abuse account accounts admin administration administrator admins help helpdesk instance mod moderator moderators mods owner root
security server staff support webmaster
about api auth avatars health home invite media nodeinfo oauth parvis postmaster public settings square static system welcome
"""
NAMES = frozenset(_TEXT.split())
