"""Names of streams: which there are, what they need, who may open them. Mastodon's names and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parvis.identity.queries import Principal
from parvis.kernel import changes
from parvis.network.formatting import normalize_tag
from parvis.network.models import AccountList

# A key under which connections wait: ("user", account), ("list", list), ("hashtag", tag), ("public:local", 0), ...
Key = tuple[str, int | str]

PUBLIC = ("public", "public:media", "public:local", "public:local:media", "public:remote", "public:remote:media")
NAMES = frozenset((*PUBLIC, "user", "user:notification", "hashtag", "hashtag:local", "list", "direct"))
_TRUE = frozenset(("1", "true", "on", "yes", "t"))


class Refusal(Exception):
    """A stream that is not opened: an HTTP status and Mastodon's text."""

    def __init__(self, status: int, text: str) -> None:
        self.status, self.text = status, text
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream that may be watched. name: as its messages carry it, for example ["list", "12"]."""

    key: Key
    name: tuple[str, ...]


def from_path(path: str, params: Mapping[str, str]) -> str:
    """Return the stream that an SSE path names ("" for none): /public/local?only_media=true is public:local:media."""
    name = path.strip("/").replace("/", ":")
    if name.startswith("public") and params.get("only_media", "").lower() in _TRUE and not name.endswith(":media"):
        name += ":media"
    return name if name in NAMES else ""


def authorize(who: Principal, name: str) -> None:
    """Raise Refusal unless the token's scopes cover the stream. Public streams ask for a token only."""
    if name in PUBLIC:
        return
    scope = "read:notifications" if name == "user:notification" else "read:statuses"
    if not who.allows(scope):
        raise Refusal(401, "Access token does not have the required scopes")


def open_stream(who: Principal, name: str, params: Mapping[str, str]) -> Opened:
    """Return the stream to watch. Reads the database for lists, so never call it on the event loop. Raises Refusal."""
    if name not in NAMES:
        raise Refusal(400, "Unknown stream type")
    authorize(who, name)
    if name in PUBLIC:
        return Opened((name, 0), (name,))
    if name.startswith("hashtag"):
        tag = params.get("tag", "")
        if not tag or len(tag) > 255:
            raise Refusal(400, "Missing tag name parameter")
        return Opened((name, normalize_tag(tag)), (name, tag))
    if not who.account_id:
        raise Refusal(401, "Access token does not have the required scopes")
    if name == "list":
        given = params.get("list", "")
        if not given:
            raise Refusal(400, "Missing list name parameter")
        number = int(given) if given.isascii() and given.isdigit() and len(given) < 20 else 0
        changes.sync()
        if not AccountList.objects.filter(id=number, account_id=who.account_id).exists():
            raise Refusal(401, "Not authorized to stream this list")
        return Opened((name, number), (name, given))
    return Opened((name, who.account_id), (name,))
