"""The demo square: deterministic, lively, in French and English. Everything goes through the same actions as people's."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connections, transaction

from parvis.console.demo.conversations import DIRECT, SAID, Said
from parvis.console.demo.people import EVERYONE_FOLLOWS, PEOPLE, Person
from parvis.console.demo.pictures import emblem, face, picture
from parvis.flows import edit_profile
from parvis.identity.actions import Registration, change_square, register_account
from parvis.kernel import changes, outbox
from parvis.kernel.clock import now
from parvis.media import actions as media
from parvis.moderation import actions as moderation
from parvis.network.actions import follows, marks
from parvis.network.actions import posts as publishing
from parvis.network.actions.posts import PollRequest
from parvis.network.actions.profile import ProfileEdit
from parvis.network.actions.registration import open_account
from parvis.network.models import Account, Poll, QuoteState, Visibility
from parvis.network.queries import posts

PASSWORD = "parvis-demo"  # noqa: S105 - the demo's people log in with one click
SEED = 1911
VISIBILITIES = {v.label: v.value for v in Visibility}
RULES = {
    "fr": [
        {"id": "1", "text": "Parlez comme on parle sur une place : à visage découvert, sans insulter.",
         "hint": "Un pseudonyme est un visage, tant qu'on s'y tient."},
        {"id": "2", "text": "Ne publiez pas ce que vous savez faux.", "hint": "Se tromper n'est pas mentir : on corrige, et on le dit."},
        {"id": "3", "text": "La publicité se dit.", "hint": "« Collaboration commerciale », au début."},
    ],
    "en": [
        {"id": "1", "text": "Speak as one speaks on a square: openly, without insults.",
         "hint": "A pseudonym is a face, as long as you stand by it."},
        {"id": "2", "text": "Do not publish what you know to be false.", "hint": "Being wrong is not lying: correct it and say so."},
        {"id": "3", "text": "Advertising says its name.", "hint": "“Paid partnership”, at the beginning."},
    ],
}  # fmt: skip


def fill() -> None:
    """The demo's people and conversations exist; nothing happens when they already do."""
    from parvis.config import wiring

    if Account.objects.filter(username=PEOPLE[0].name).exists():
        return
    wiring.connect()
    changes.sync()
    Builder(now()).build()


def seeded(posts_said: Sequence[Said], seed: int = 0) -> Iterator[tuple[Said, int]]:
    """Yield posts and their answers, with a number for their pictures: how many posts with a key were said before."""
    for said in posts_said:
        yield said, seed
        seed += bool(said.key)
        for answer, number in seeded(said.answers, seed):
            yield answer, number
            seed = number + bool(answer.key)


def _alone(job: Callable[[], None]) -> None:
    """The job is done on a database connection of its own, which is closed."""
    try:
        job()
    finally:
        connections.close_all()


class Builder:
    """Makes the demo once; `ids` maps names to account ids, `keys` post keys to post ids."""

    def __init__(self, opening: datetime) -> None:
        self.opening = opening
        self.random = random.Random(SEED)
        self.ids: dict[str, int] = {}
        self.keys: dict[str, int] = {}
        self.uploaded: dict[Said, list[int]] = {}

    def build(self) -> None:
        for person in PEOPLE:
            self.ids[person.name] = self.account(person)
        self.draw()
        change_square(
            by="demo",
            title="Saint-Aubin",
            description="La place de la ville, en ligne. The town's square, online.",
            rules=RULES,
            contact_account_id=self.ids["camille"],
            languages=["fr", "en"],
        )
        self.follow()
        for said in SAID:
            self.say(said, self.opening - timedelta(hours=said.hours))
        for said in DIRECT:
            self.say(said, self.opening - timedelta(hours=said.hours))
        changes.sync()
        self.pin("camille", "welcome")
        self.pin("noor", "canal")
        moderation.file_report(
            reporter_id=self.ids["marguerite"],
            target_id=self.ids["maison_alder"],
            comment="Est-ce une publicité ? (Je plaisante à moitié.)",
        )
        outbox.drain()
        changes.sync()

    def account(self, person: Person) -> int:
        """One person exists; roles log in with one click."""
        if person.role:
            user = register_account(
                Registration(
                    username=person.name, email=f"{person.name}@saint-aubin.example", password=PASSWORD, role=person.role,
                    language=person.language, kind=person.kind, confirmed=True, demo=True, by="demo",
                ),
                any_password=True,
            )  # fmt: skip
            assert user.account_id is not None
            return user.account_id
        return int(open_account(person.name, kind=person.kind).id)

    def draw(self) -> None:
        """Every face is shown and every picture of a post is uploaded; two at a time, as each waits for a child process."""
        changes.sync()
        jobs: list[Callable[[], None]] = [partial(self.profile, person, place) for place, person in enumerate(PEOPLE)]
        jobs += [partial(self.pictures, said, seed) for said, seed in seeded((*SAID, *DIRECT)) if said.pictures]
        with ThreadPoolExecutor(2) as hands:
            for done in [hands.submit(_alone, job) for job in jobs]:
                done.result()

    def profile(self, person: Person, place: int) -> None:
        """A person has a face and says who they are."""
        pictures: dict[str, Any] = {"avatar": emblem("", person.colour) if person.kind != "person" else face(place)}
        if person.header:
            pictures["header"] = picture(person.header, width=1500, height=500, seed=place)
        edit_profile.edit(
            self.ids[person.name],
            ProfileEdit(
                display_name=person.shown, note=person.note, locked=person.locked, discoverable=True, indexable=True,
                fields=person.fields or None,
            ),
            pictures,
        )  # fmt: skip

    def pictures(self, said: Said, seed: int) -> None:
        """The pictures of a post are uploaded."""
        author_id = self.ids[said.by]
        drawn = ((picture(scene, seed=seed), alt) for scene, alt in said.pictures)
        self.uploaded[said] = [media.upload(author_id, content, description=alt) for content, alt in drawn]

    def follow(self) -> None:
        """Everyone follows the town's voices and about half of their neighbours, always the same ones."""
        for person in PEOPLE:
            for other in PEOPLE:
                if person is other or (other.name not in EVERYONE_FOLLOWS and self.random.random() < 0.45):
                    continue
                follows.follow(self.ids[person.name], self.ids[other.name])
                if other.locked and self.random.random() < 0.8:
                    follows.accept_request(self.ids[other.name], self.ids[person.name])
        outbox.drain()

    def say(self, said: Said, moment: datetime, answered: int | None = None) -> None:
        """A post stands at its moment, with its marks and its answers."""
        moment = min(moment, self.opening - timedelta(minutes=1))
        author_id = self.ids[said.by]
        pictures = self.uploaded.get(said, [])
        changes.sync()
        loaded = posts([i for i in (answered, self.keys.get(said.quotes)) if i])
        quoted = loaded.get(self.keys[said.quotes]) if said.quotes else None
        with transaction.atomic():
            post_id = publishing.publish(
                author_id=author_id,
                text=said.text,
                spoiler_text=said.warning,
                visibility=VISIBILITIES[said.visibility],
                language=said.language,
                in_reply_to=loaded.get(answered) if answered else None,
                quote_of=quoted,
                quote_state=QuoteState.ACCEPTED if quoted else QuoteState.NONE,
                poll=PollRequest(tuple(title for title, _n in said.poll), 6 * 86400) if said.poll else None,
                media_count=len(pictures),
                published_at=moment,
            )
            if pictures:
                media.attach(author_id, post_id, pictures, private=VISIBILITIES[said.visibility] >= Visibility.PRIVATE)
            if quoted is not None:
                publishing.count_quote(quoted.id, 1)
        outbox.drain()
        changes.sync()
        if said.key:
            self.keys[said.key] = post_id
        self.mark(said, post_id)
        for answer in said.answers:
            self.say(answer, moment + timedelta(hours=answer.hours), post_id)

    def mark(self, said: Said, post_id: int) -> None:
        """Neighbours favourite, boost and vote."""
        post = posts((post_id,))[post_id]
        for name in said.liked_by:
            marks.favourite(self.ids[name], post)
        for name in said.boosted_by:
            later = timedelta(minutes=self.random.randint(20, 400))
            marks.boost(self.ids[name], post, boosted_at=min(post.created_at + later, self.opening - timedelta(minutes=1)))
        if said.poll:
            voters = [self.ids[p.name] for p in PEOPLE if p.name not in (said.by, "lea", "camille")]
            choices = [choice for choice, (_title, count) in enumerate(said.poll) for _ in range(count)]
            for voter, choice in zip(voters, choices, strict=False):
                marks.vote(voter, post, [choice])
            assert Poll.objects.filter(post_id=post_id, votes_count=min(len(voters), len(choices))).exists()
        outbox.drain()
        changes.sync()

    def pin(self, name: str, key: str) -> None:
        marks.pin(self.ids[name], posts((self.keys[key],))[self.keys[key]])
