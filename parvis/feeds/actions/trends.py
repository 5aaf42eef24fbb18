"""What trends is computed every few minutes from public acts alone (docs/trends.md says how, and what it never uses).

Each score is a number of distinct people, weighed by how long ago: half of it is left after HALF_LIFE_H hours.
"""

# ruff: noqa: S608 - values are parameters; the texts joined here are our own
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from django.db import transaction

from parvis.feeds.models import TagUsage, Trend, TrendDecision
from parvis.feeds.queries.tag_usage import DAYS, midnight
from parvis.kernel import changes, clock
from parvis.kernel.ids import first_id_at, moment_of
from parvis.kernel.models import AuditEntry
from parvis.kernel.sql import Query
from parvis.network.actions.tag_review import review_tag
from parvis.network.models import Card, Hashtag

WINDOW_H = 48
HALF_LIFE_H = 12.0
LEAST_PEOPLE = 2
KEEP = 100
MOST_ROWS = 200_000
CHANGE_KEY = "trend:1"

_EVERYONE = (
    " a.discoverable AND a.suspended_at IS NULL AND a.limited_at IS NULL AND a.sensitized_at IS NULL AND a.disabled_at IS NULL"
    " AND a.deleted_at IS NULL"
)
_USAGE = Query(
    "SELECT t.tag_id, count(*), count(DISTINCT p.author_id) FROM network_posttag t JOIN network_post p ON p.id = t.post_id"
    " WHERE t.post_id >= ? AND t.post_id < ? AND p.visibility = 0 GROUP BY t.tag_id"
)
_TAGS = Query(
    "SELECT t.tag_id, p.author_id, max(p.id) FROM network_posttag t JOIN network_post p ON p.id = t.post_id"
    " JOIN network_account a ON a.id = p.author_id JOIN network_hashtag h ON h.id = t.tag_id"
    f" WHERE t.post_id >= ? AND p.visibility = 0 AND h.usable AND{_EVERYONE}"
    " GROUP BY t.tag_id, p.author_id ORDER BY 3 DESC LIMIT ?"
)
# Who favourited or boosted each post lately; the same person counts once a post.
_POSTS = Query(
    "SELECT p.id, p.author_id, p.language, e.who, e.at FROM ("
    "SELECT post_id, account_id AS who, id AS at FROM network_favourite WHERE id >= ?"
    " UNION ALL SELECT boost_of_id, author_id, id FROM network_post WHERE id >= ? AND boost_of_id IS NOT NULL) AS e"
    " JOIN network_post p ON p.id = e.post_id JOIN network_account a ON a.id = p.author_id JOIN network_account w ON w.id = e.who"
    " WHERE p.id >= ? AND p.visibility = 0 AND p.in_reply_to_id IS NULL AND p.boost_of_id IS NULL AND NOT p.sensitive"
    " AND p.spoiler_text = '' AND NOT p.local_only AND e.who <> p.author_id"
    f" AND w.suspended_at IS NULL AND w.limited_at IS NULL AND w.deleted_at IS NULL AND{_EVERYONE}"
    " ORDER BY e.at DESC LIMIT ?"
)
_LINKS = Query(
    "SELECT p.card_id, p.author_id, p.language, p.id FROM network_post p JOIN network_account a ON a.id = p.author_id"
    " JOIN network_card c ON c.id = p.card_id"
    " WHERE p.id >= ? AND p.card_id IS NOT NULL AND p.visibility = 0 AND NOT p.sensitive AND NOT c.failed AND c.title <> ''"
    f" AND c.kind = 'link' AND{_EVERYONE} ORDER BY p.id DESC LIMIT ?"
)
_LINK_DAYS = Query("SELECT p.card_id, p.id, p.author_id FROM network_post p WHERE p.id >= ? AND p.visibility = 0 AND p.card_id IN ??")


def refresh() -> None:
    """Trends are those of this moment. Idempotent; the worker calls it every few minutes."""
    moment = clock.now()
    count_tag_usage(moment)
    refused = _refusals()
    rows = [*_tags(moment), *_posts(moment, refused), *_links(moment, refused)]
    with transaction.atomic():
        gone = Trend.objects.all().delete()[0]
        Trend.objects.bulk_create(rows, batch_size=200)
        if gone or rows:
            changes.touch(CHANGE_KEY)


def count_tag_usage(moment: datetime) -> None:
    """The days of TagUsage that may still change, yesterday and today, say what was posted; older ones than a month go."""
    today = midnight(moment)
    for day in (today - timedelta(days=1), today):
        counted = _USAGE.rows(first_id_at(day), first_id_at(day + timedelta(days=1)))
        with transaction.atomic():
            TagUsage.objects.filter(day=day.date()).delete()
            rows = [TagUsage(tag_id=tag_id, day=day.date(), uses=uses, accounts=people) for tag_id, uses, people in counted]
            TagUsage.objects.bulk_create(rows, batch_size=300)
    TagUsage.objects.filter(day__lt=(today - timedelta(days=31)).date()).delete()


def _weight(moment: datetime, act_id: int) -> float:
    """Return what a person's act counts, by its age."""
    hours = max(0.0, (moment - moment_of(act_id)).total_seconds() / 3600)
    return float(0.5 ** (hours / HALF_LIFE_H))


def _since(moment: datetime) -> int:
    return first_id_at(moment - timedelta(hours=WINDOW_H))


def _tags(moment: datetime) -> list[Trend]:
    """People who used a tag lately, against how many use it on an ordinary day of the week before."""
    people: dict[int, list[float]] = {}
    for tag_id, _author, act_id in _TAGS.rows(_since(moment), MOST_ROWS):
        people.setdefault(tag_id, []).append(_weight(moment, act_id))
    found = {i: weights for i, weights in people.items() if len(weights) >= LEAST_PEOPLE}
    first, last = (midnight(moment) - timedelta(days=DAYS)).date(), (midnight(moment) - timedelta(days=2)).date()
    usual: dict[int, int] = {}
    for tag_id, count in TagUsage.objects.filter(tag_id__in=list(found), day__gte=first, day__lte=last).values_list("tag_id", "accounts"):
        usual[tag_id] = usual.get(tag_id, 0) + count
    allowed = dict(Hashtag.objects.filter(id__in=list(found)).values_list("id", "trendable"))
    rows = [
        Trend(
            kind=Trend.Kind.TAG,
            subject_id=tag_id,
            score=sum(weights) / (1 + usual.get(tag_id, 0) / (DAYS - 1)) ** 0.5,
            uses=len(weights),
            allowed=allowed.get(tag_id, False),
        )
        for tag_id, weights in found.items()
    ]
    return _best(rows)


def _posts(moment: datetime, refused: dict[str, set[str]]) -> list[Trend]:
    """Posts that people favourited or boosted lately; the best one of each author."""
    since = _since(moment)
    acts: dict[int, dict[int, float]] = {}
    about: dict[int, tuple[int, str]] = {}
    for post_id, author_id, language, who, act_id in _POSTS.rows(since, since, since, MOST_ROWS):
        about[post_id] = (author_id, language)
        acts.setdefault(post_id, {}).setdefault(who, _weight(moment, act_id))
    best: dict[int, Trend] = {}
    for post_id, weights in acts.items():
        if len(weights) < LEAST_PEOPLE:
            continue
        author_id, language = about[post_id]
        allowed = str(post_id) not in refused["post"] and str(author_id) not in refused["account"]
        score = sum(weights.values()) * _weight(moment, post_id)
        row = Trend(
            kind=Trend.Kind.POST,
            subject_id=post_id,
            author_id=author_id,
            language=language,
            score=score,
            uses=len(weights),
            allowed=allowed,
        )
        known = best.get(author_id)
        if known is None or (row.allowed, row.score) > (known.allowed, known.score):
            best[author_id] = row
    return _best(list(best.values()))


def _links(moment: datetime, refused: dict[str, set[str]]) -> list[Trend]:
    """Links that people shared lately, with a week's history."""
    people: dict[int, dict[int, float]] = {}
    languages: dict[int, str] = {}
    for card_id, author_id, language, post_id in _LINKS.rows(_since(moment), MOST_ROWS):
        people.setdefault(card_id, {}).setdefault(author_id, _weight(moment, post_id))
        languages.setdefault(card_id, language)
    found = {i: weights for i, weights in people.items() if len(weights) >= LEAST_PEOPLE}
    hosts = {i: host_of(url) for i, url in Card.objects.filter(id__in=list(found)).values_list("id", "url")}
    rows = [
        Trend(
            kind=Trend.Kind.LINK,
            subject_id=card_id,
            language=languages[card_id],
            score=sum(weights.values()),
            uses=len(weights),
            allowed=str(card_id) not in refused["link"] and hosts.get(card_id, "") not in refused["provider"],
        )
        for card_id, weights in found.items()
    ]
    rows = _best(rows)
    _give_history(rows, moment)
    return rows


def _give_history(rows: list[Trend], moment: datetime) -> None:
    """Put [[midnight, uses, accounts]] of seven days, newest first, into each link."""
    days = [int((midnight(moment) - timedelta(days=n)).timestamp()) for n in range(DAYS)]
    uses: dict[tuple[int, int], list[int]] = {}
    first = datetime.fromtimestamp(days[-1], tz=timezone.utc)
    if rows:
        for card_id, post_id, author_id in _LINK_DAYS.rows(first_id_at(first), [row.subject_id for row in rows]):
            day = int(midnight(moment_of(post_id)).timestamp())
            uses.setdefault((card_id, day), []).append(author_id)
    for row in rows:
        shared = [uses.get((row.subject_id, day), []) for day in days]
        row.history = [[day, len(who), len(set(who))] for day, who in zip(days, shared, strict=True)]


def host_of(url: str) -> str:
    """Return the host of a link, without www: how its provider is named in decisions."""
    host = url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
    return host.removeprefix("www.")


def _best(rows: list[Trend]) -> list[Trend]:
    return sorted(rows, key=lambda row: (-row.score, row.subject_id))[:KEEP]


def _refusals() -> dict[str, set[str]]:
    """Return what moderators refused, by kind."""
    found: dict[str, set[str]] = {kind: set() for kind in TrendDecision.Kind.values}
    for kind, subject in TrendDecision.objects.filter(allowed=False).values_list("kind", "subject"):
        found[kind].add(subject)
    return found


def decide(kind: str, subjects: Iterable[Any], *, allowed: bool, by: int) -> None:
    """A moderator allowed or refused that these posts, links, providers or accounts trend; it shows at once."""
    with transaction.atomic():
        for subject in subjects:
            TrendDecision.objects.update_or_create(
                kind=kind, subject=str(subject)[:255], defaults={"allowed": allowed, "decided_by_id": by, "decided_at": clock.now()}
            )
            AuditEntry.objects.create(
                actor=f"account:{by}", action="trend.decide", subject=f"{kind}:{subject}"[:128], detail={"allowed": allowed}
            )
            if kind == TrendDecision.Kind.ACCOUNT:
                Trend.objects.filter(kind=Trend.Kind.POST, author_id=int(subject)).update(allowed=allowed)
            elif kind in (TrendDecision.Kind.POST, TrendDecision.Kind.LINK):
                Trend.objects.filter(kind=kind, subject_id=int(subject)).update(allowed=allowed)
        changes.touch(CHANGE_KEY)
    if kind == TrendDecision.Kind.PROVIDER:
        refresh()


def decide_tag(tag_id: int, *, allowed: bool, by: int) -> None:
    """A moderator allowed or refused that a hashtag trends; it shows at once. Raises NotFound."""
    with transaction.atomic():
        review_tag(tag_id, by=by, trendable=allowed)
        Trend.objects.filter(kind=Trend.Kind.TAG, subject_id=tag_id).update(allowed=allowed)
        changes.touch(CHANGE_KEY)
