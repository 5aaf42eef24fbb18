"""One API request and its answer, whichever door it came through: Django, or the fast lane for reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson
from django.conf import settings

from parvis.feeds.queries.pages import MAX_ID, Cursor
from parvis.identity.queries import Principal, principal
from parvis.kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated
from parvis.network.queries import Viewer, viewer

JSON_HEADER = ("Content-Type", "application/json; charset=utf-8")
_TRUE = frozenset(("1", "true", "t", "on", "yes", True, 1))
_FALSE = frozenset(("0", "false", "f", "off", "no", "", False, 0))
_CURSORS = ("max_id=", "min_id=", "since_id=")
_KEY = re.compile(r"\[([^\]]*)\]")
_BLOCKED = {
    "unconfirmed": "Your login is missing a confirmed e-mail address",
    "pending": "Your login is currently pending approval",
    "disabled": "Your login is currently disabled",
    "suspended": "Your login is currently disabled",
}


List = list  # in Call, whose method is called list


@dataclass(slots=True)
class Answer:
    """What goes back: a status, bytes, extra headers."""

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)


class Call:
    """A request to the API: who asks, with which parameters. Parameters of query and body are one mapping.

    `name[]=1&name[]=2` and `name[0]=…` become lists, `poll[options][]` nests, as Rails clients send them.
    """

    __slots__ = ("_params", "_principal", "_query", "app", "body_params", "files", "header", "ip", "method", "path", "path_ids", "raw_body")

    def __init__(self, method: str, path: str, query: str, *, ip: str, header: Callable[[str], str | None]) -> None:
        self.method, self.path, self._query, self.ip, self.header = method, path, query, ip, header
        self.body_params: Mapping[str, Any] = {}
        self.files: Mapping[str, Any] = {}
        self.raw_body: bytes = b""
        self.path_ids: tuple[Any, ...] = ()
        self._params: dict[str, Any] | None = None
        self._principal: Any = False

    @property
    def query(self) -> str:
        """The query string, as it came."""
        return self._query

    @property
    def params(self) -> dict[str, Any]:
        """Return query and body parameters together; the body wins."""
        if self._params is None:
            self._params = nest(parse_qsl(self._query, keep_blank_values=True)) if self._query else {}
            if self.body_params:
                self._params = {**self._params, **self.body_params}
        return self._params

    # ---------------------------------------------------------------- who asks

    @property
    def principal(self) -> Principal | None:
        """Return who the bearer token speaks for, or None without one. Raises Unauthenticated for a bad one."""
        if self._principal is False:
            given = self.header("Authorization") or ""
            scheme, _space, secret = given.partition(" ")
            if not given or scheme.lower() != "bearer":
                self._principal = None
            else:
                self._principal = principal(secret.strip())
                if self._principal is None:
                    raise Unauthenticated
        found: Principal | None = self._principal
        return found

    def require(self, scope: str) -> Viewer:
        """Return the viewer, whose token covers the scope. Raises Unauthenticated, Forbidden."""
        return viewer(self.authorize(scope).account_id)

    def authorize(self, scope: str, *, incomplete: bool = False) -> Principal:
        """Return the principal of a person's token that covers the scope ("" for any).

        incomplete: accounts that are not confirmed or approved yet may pass too.
        """
        who = self.principal
        if who is None:
            raise Unauthenticated
        if not who.account_id:
            raise Unauthenticated("This method requires an authenticated user", status=422, code="token.no_user")
        if scope and not who.allows(scope):
            raise Forbidden("This action is outside the authorized scopes", code="token.scope")
        if who.blocked and not (incomplete and who.blocked in ("unconfirmed", "pending")):
            raise Forbidden(_BLOCKED[who.blocked], code=f"account.{who.blocked}")
        return who

    def optional(self, scope: str) -> Viewer | None:
        """Return the viewer if there is a token (which must then cover the scope), else None."""
        who = self.principal
        if who is None or not who.account_id:
            return None
        return self.require(scope)

    def moderator(self, scope: str) -> Principal:
        """Return the principal of a moderator's token. Raises Forbidden."""
        who = self.authorize(scope)
        if not who.is_moderator:
            raise Forbidden("This action is not allowed", code="role.moderator")
        return who

    # ---------------------------------------------------------------- parameters

    def text(self, name: str, default: str = "") -> str:
        """Return a parameter as text. Raises Invalid when it is a list or an object."""
        value = self.params.get(name, default)
        if value is None:
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (str, int, float)):
            clean = str(value)
            if "\x00" in clean:
                raise Invalid(f"{name} may not contain null bytes", code="params.null_byte")
            return clean
        raise Invalid(f"{name} must be text", code="params.type")

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a parameter as a truth value."""
        value = self.params.get(name)
        if value is None:
            return default
        if isinstance(value, (list, dict)):
            raise Invalid(f"{name} must be true or false", code="params.type")
        value = value.lower() if isinstance(value, str) else value
        return True if value in _TRUE else False if value in _FALSE else default

    def optional_flag(self, name: str) -> bool | None:
        """Return a truth value, or None when it was not sent."""
        return self.flag(name) if self.params.get(name) not in (None, "") else None

    def number(self, name: str, default: int | None = None, *, low: int = -(1 << 63), high: int = MAX_ID) -> int | None:
        """Return a parameter as a whole number within bounds, `default` when absent. Raises Invalid."""
        value = self.params.get(name)
        if value in (None, ""):
            return default
        found = whole(value)
        if found is None:
            raise Invalid(f"{name} must be a whole number", code="params.type")
        return max(low, min(high, found))

    def id(self, name: str) -> int | None:
        """Return a parameter as an id, None when absent. Raises NotFound for what is not an id (as for none such)."""
        value = self.params.get(name)
        if value in (None, ""):
            return None
        found = whole(value)
        if found is None or not 0 < found <= MAX_ID:
            raise NotFound
        return found

    def list(self, name: str) -> List[Any]:
        """Return a parameter as a list; one value counts as a list of one."""
        value = self.params.get(name)
        if value is None or value == "":
            return []
        if isinstance(value, dict):
            raise Invalid(f"{name} must be a list", code="params.type")
        found: List[Any] = value if isinstance(value, list) else [value]
        return found

    def ids(self, name: str, *, most: int = 100) -> List[int]:
        """Return a list of ids, without what is not one; at most `most`."""
        found = (whole(v) for v in self.list(name)[:most])
        return [i for i in found if i is not None and 0 < i <= MAX_ID]

    def texts(self, name: str) -> List[str]:
        """Return a list of texts. Raises Invalid when an item is not text."""
        items = self.list(name)
        if any(isinstance(v, (list, dict)) or v is None for v in items):
            raise Invalid(f"{name} must be a list of texts", code="params.type")
        if any("\x00" in str(v) for v in items):
            raise Invalid(f"{name} may not contain null bytes", code="params.null_byte")
        return [str(v) for v in items]

    def mapping(self, name: str) -> dict[str, Any]:
        """Return a nested parameter (`poll[...]`), {} when absent. Raises Invalid when it is not nested."""
        value = self.params.get(name)
        if value in (None, ""):
            return {}
        if not isinstance(value, dict):
            raise Invalid(f"{name} must be an object", code="params.type")
        return value

    def cursor(self, *, default: int = 20, most: int = 40) -> Cursor:
        """Return the page that max_id, since_id, min_id and limit ask for. Forged cursors are refused."""
        if not self._query and not self.body_params:
            return Cursor(limit=default)
        limit = self.number("limit", default, low=1, high=most)
        low = self.number("min_id", None, low=0)
        return Cursor(
            max_id=self.number("max_id", MAX_ID, low=0) or MAX_ID,
            since_id=self.number("since_id", 0, low=0) or 0,
            min_id=low,
            limit=limit or default,
        )

    def link(self, first: int | None, last: int | None) -> List[tuple[str, str]]:
        """Return the Link header of a page whose newest row is `first` and oldest `last`; [] when it is empty."""
        if first is None or last is None:
            return []
        kept = "".join(f"{pair}&" for pair in self._query.split("&") if pair and not pair.startswith(_CURSORS))
        base = f"{settings.BASE_URL}{quote(self.path)}?{kept}"
        return [("Link", f'<{base}max_id={last}>; rel="next", <{base}min_id={first}>; rel="prev"')]


def whole(value: Any) -> int | None:
    """Return a whole number from JSON or text, None when it is not one (bools are not)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= 20:
        digits = value.strip()
        if digits.isascii() and digits.removeprefix("-").isdigit():
            return int(digits)
    return None


def nest(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return form pairs as nested parameters: `a[]=1` lists, `a[b]=1` objects, `a[0][b]=1` lists of objects."""
    out: dict[str, Any] = {}
    for key, value in pairs:
        if "[" not in key:
            out[key] = value
            continue
        head = key.partition("[")[0]
        steps = [head, *_KEY.findall(key)][:6]
        _place(out, steps, value)
    return {k: _listed(v) for k, v in out.items()}


def _place(into: dict[str, Any], steps: list[str], value: Any) -> None:
    here: Any = into
    for i, step in enumerate(steps):
        last = i == len(steps) - 1
        name = step
        if name == "":
            numbers = [k for k in here if isinstance(k, int)]
            newest = max(numbers, default=-1)
            repeats = i + 2 == len(steps) and isinstance(here.get(newest), dict) and steps[i + 1] in here[newest]
            begins = last or newest < 0 or repeats
            name = newest + 1 if begins else newest  # type: ignore[assignment]
            if len(numbers) > 1000:
                return
        elif i and name.isdigit() and len(name) < 5:
            name = int(name)  # type: ignore[assignment]
        if last:
            here[name] = value
        else:
            below = here.get(name)
            if not isinstance(below, dict):
                below = here[name] = {}
            here = below


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(k, int) for k in value):
        return [_listed(value[k]) for k in sorted(value)]
    return {str(k): _listed(v) for k, v in value.items()}


def json_answer(body: Any, status: int = 200, headers: Sequence[tuple[str, str]] = ()) -> Answer:
    """Return an answer whose body is this value as JSON."""
    return Answer(status, orjson.dumps(body), list(headers))


EMPTY = b"{}"
