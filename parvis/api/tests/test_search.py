"""Search finds one's own library, posts of those who opted in, people and hashtags; never what one may not see."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from parvis.config import wiring
from parvis.kernel import changes, outbox
from parvis.network.models import Account

URL = "/api/v2/search"


@pytest.fixture(autouse=True)
def _wired(square: Any) -> None:
    from parvis.feeds.actions.people import rebuild_people

    wiring.connect()
    square.person("cleo", indexable=True, display_name="Cléo de Mérode")
    square.person("dan")
    rebuild_people()


def _search(square: Any, who: str, text: str, **params: Any) -> dict[str, Any]:
    extra = "".join(f"&{k}={quote(str(v))}" for k, v in params.items())
    answered = square.ask("GET", f"{URL}?q={quote(text)}{extra}", who)
    assert answered.status == 200, answered.raw
    found: dict[str, Any] = answered.json
    return found


def _texts(square: Any, who: str, text: str, **params: Any) -> list[str]:
    found = _search(square, who, text, type="statuses", **params)["statuses"]
    return [square.words[s["id"]] for s in found]


@pytest.fixture
def words(square: Any) -> Any:
    """Posts by their text: what is written is remembered under its id."""
    square.words = {}

    def write(who: str, text: str, **params: Any) -> dict[str, Any]:
        made: dict[str, Any] = square.post(who, text, **params)
        square.words[made["id"]] = text
        outbox.drain()
        return made

    return write


def test_library_holds_what_one_wrote_marked_or_is_named_in(square: Any, words: Any) -> None:
    words("ada", "my own lantern")
    marked = {verb: words("bob", f"lantern to {verb}") for verb in ("favourite", "reblog", "bookmark")}
    words("bob", "lantern for @ada", visibility="direct")
    voted = words("bob", "lantern?", poll={"options": ["yes", "no"], "expires_in": 600})
    words("bob", "lantern that nobody marked")
    for verb, post in marked.items():
        assert square.ask("POST", f"/api/v1/statuses/{post['id']}/{verb}", "ada").status == 200
    square.ask("POST", f"/api/v1/polls/{voted['poll']['id']}/votes", "ada", {"choices": [0]})
    expected = ["lantern?", "lantern for @ada", "lantern to bookmark", "lantern to reblog", "lantern to favourite", "my own lantern"]
    assert _texts(square, "ada", "lantern") == _texts(square, "ada", "lantern in:library") == expected
    assert _texts(square, "ada", "lantern in:public") == []
    assert _texts(square, "dan", "lantern") == []


def test_public_posts_are_found_only_if_their_author_opted_in(square: Any, words: Any) -> None:
    words("cleo", "an indexed harp")
    words("cleo", "a quiet harp", visibility="unlisted")
    words("cleo", "a private harp", visibility="private")
    words("bob", "bob's harp")
    assert _texts(square, "ada", "harp") == _texts(square, "ada", "harp in:public") == ["an indexed harp"]
    assert _texts(square, "ada", "harp in:library") == []
    Account.objects.filter(id=square.ids["cleo"]).update(indexable=False)
    changes.touch(f"a:{square.ids['cleo']}")
    assert _texts(square, "ada", "harp") == []


def test_what_one_may_not_see_any_more_is_not_found(square: Any, words: Any) -> None:
    from parvis.network.models import Block, Mute

    square.follow("ada", "cleo")
    outbox.drain()
    kept = words("cleo", "secret harp", visibility="private")
    square.ask("POST", f"/api/v1/statuses/{kept['id']}/bookmark", "ada")
    words("cleo", "open harp")
    assert _texts(square, "ada", "harp") == ["open harp", "secret harp"]
    Mute.objects.create(muter_id=square.ids["ada"], muted_id=square.ids["cleo"])
    changes.touch(f"v:{square.ids['ada']}")
    assert _texts(square, "ada", "harp") == []
    Mute.objects.all().delete()
    Block.objects.create(blocker_id=square.ids["cleo"], blocked_id=square.ids["ada"])
    changes.touch(f"v:{square.ids['ada']}", f"v:{square.ids['cleo']}")
    assert _texts(square, "ada", "harp") == []


def test_edits_and_deletions_reach_the_index(square: Any, words: Any) -> None:
    post = words("ada", "violet thing")
    assert _texts(square, "ada", "violet") == ["violet thing"]
    assert square.ask("PUT", f"/api/v1/statuses/{post['id']}", "ada", {"status": "orange thing"}).status == 200
    outbox.drain()
    assert _texts(square, "ada", "violet") == []
    assert len(_texts(square, "ada", "orange")) == 1
    square.ask("DELETE", f"/api/v1/statuses/{post['id']}", "ada")
    outbox.drain()
    from parvis.feeds import search

    assert search.size() == 0


def test_rebuild_finds_everything_again(square: Any, words: Any) -> None:
    from parvis.feeds import search

    words("ada", "first kite")
    words("bob", "second kite")
    search.take_posts([int(i) for i in square.words])
    assert _texts(square, "ada", "kite") == []
    assert search.rebuild() == 2
    assert _texts(square, "ada", "kite") == ["first kite"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ete", ["Un bel Été à la mer"]), ("été", ["Un bel Été à la mer"]), ("ÉTÉ mer", ["Un bel Été à la mer"]),
        ('"bel été"', ["Un bel Été à la mer"]), ('"été bel"', []), ("mers", ["Un bel Été à la mer"]),
        ("chat -noir", ["le chat blanc"]), ("chats", ["le chat noir", "le chat blanc"]), ('chat -"chat noir"', ["le chat blanc"]),
        ("東京", ["東京タワーに行く"]), ("京東", []), ("from:me -chat", ["東京タワーに行く", "Un bel Été à la mer"]),
        ("noirâtre", []), ("chat AND blanc", []),
        ("chat*", ["le chat noir", "le chat blanc"]), ('chat"', ["le chat noir", "le chat blanc"]),
    ],
)  # fmt: skip
def test_words_phrases_and_negations(square: Any, words: Any, asked: str, found: list[str]) -> None:
    for text in ("Un bel Été à la mer", "le chat blanc", "le chat noir", "東京タワーに行く"):
        words("ada", text)
    assert sorted(_texts(square, "ada", asked)) == sorted(found)


def test_operators_narrow_posts(square: Any, words: Any) -> None:
    from parvis.network.models import Card, Post

    words("ada", "plain boat")
    answered = words("cleo", "cleo's boat", language="fr")
    words("ada", "answer boat", in_reply_to_id=answered["id"])
    words("ada", "hidden boat", sensitive=True)
    words("ada", "voting boat", poll={"options": ["a", "b"], "expires_in": 600})
    words("ada", "pictured boat", media_ids=[square.asset("ada")])
    words("ada", "filmed boat", media_ids=[square.asset("ada", kind="video")])
    words("ada", "linked boat https://example.org/")
    carded = words("ada", "carded boat")
    Post.objects.filter(id=carded["id"]).update(card=Card.objects.create(url="https://v.example/", title="v", kind="video"))
    changes.touch(f"p:{carded['id']}")

    def found(asked: str) -> list[str]:
        return [t.split(" ")[0] for t in _texts(square, "ada", asked)]

    assert found("boat from:cleo") == found("boat from:@cleo@localhost:8000") == ["cleo's"]
    assert found("from:nobody") == found("boat from:nobody") == []
    assert "cleo's" not in found("boat -from:cleo")
    assert found("has:poll") == ["voting"]
    assert found("has:media") == ["filmed", "pictured"]
    assert found("boat has:image") == ["pictured"]
    assert found("boat has:video") == ["filmed"]
    assert found("has:audio") == []
    assert found("boat has:link") == ["carded", "linked"]
    assert found("boat has:embed") == ["carded"]
    assert found("is:reply") == ["answer"]
    assert found("boat is:sensitive") == ["hidden"]
    assert "hidden" not in found("boat -is:sensitive")
    assert found("language:fr") == ["cleo's"]
    assert found("boat before:2020-01-01") == found("boat after:2900-01-01") == found("boat during:2020-01-01") == []
    assert len(found("boat after:2020-01-01")) == len(found("boat in:all")) == 9
    today = answered["created_at"][:10]
    assert len(found(f"boat during:{today}")) == 9


@pytest.mark.parametrize(
    "text",
    [
        "has:", "has:nothing", "before:yesterday", "before:2024-13-45",
        "after:9999-12-31", "during:0000-00-00", "language:1", "in:the", "is:", "from:", "from:@",
        "-", "--", '"', '""', '-""', "*", "a* OR b", "NEAR(a b)", "body:x", "a:b:c", ":", "(", "^a", "{}", "\\", "'",
        "';--", "%", "_", "😀",
        "-word", "-from:me", "before:2024-01-01 after:2025-01-01", "x" * 5000, "a " * 900, "\u200d", "AND", "NOT", "OR", "from:me\x01",
        "has:media\u0301", "क्षेत्र", "ﬀ", "½", "𞤀", "𞤀 something", "-𞤀 something", "฿", "กั", "from:" + "x" * 400,
    ],
)  # fmt: skip
def test_no_text_is_an_error(square: Any, words: Any, text: str) -> None:
    words("ada", "something to find")
    assert square.ask("GET", f"{URL}?q={quote(text)}", "ada").status in (200, 400)
    assert square.ask("GET", f"{URL}?q={quote(text)}").status in (200, 400)


def test_pages_of_posts(square: Any, words: Any) -> None:
    ids = [words("ada", f"page {n}")["id"] for n in range(5)][::-1]

    def page(**params: Any) -> list[str]:
        return [s["id"] for s in _search(square, "ada", "page", type="statuses", **params)["statuses"]]

    assert page(limit=2) == ids[:2]
    assert page(limit=2, offset=2) == ids[2:4]
    assert page(limit=2, offset=4) == ids[4:]
    assert page(limit=2, offset=999999) == []
    assert page(max_id=ids[1]) == ids[2:]
    assert page(min_id=ids[2]) == ids[:2]
    words("cleo", "page of cleo")
    assert page(account_id=square.ids["cleo"]) == [i for i, t in square.words.items() if t == "page of cleo"]


def test_people_are_found_exactly_first_then_followed_first(square: Any) -> None:
    for name in ("adam", "adamant", "gladys"):
        square.person(name, followers_count=50)
    from parvis.feeds.actions.people import index_new_people

    assert index_new_people() == 3

    def people(text: str, who: str = "bob", **params: Any) -> list[str]:
        return [a["acct"] for a in _search(square, who, text, type="accounts", **params)["accounts"]]

    assert people("ada") == ["ada", "adam", "adamant"]
    assert people("adam") == ["adam", "adamant"]
    square.follow("bob", "adamant")
    assert people("ad")[0] == "adamant"
    assert people("adam") == ["adam", "adamant"]
    assert people("ada", following="true") == ["adamant"]
    assert people("@ada@localhost:8000", limit=1) == people("ada@localhost", limit=1) == ["ada"]
    assert people("ada", limit=1, offset=1) == ["adamant"]
    assert people("merode") == people("MÉROD") == people("cleo mer") == ["cleo"]
    assert people("merode ada") == people("#ada") == people("dam") == []
    assert people("ada", who="") == ["ada", "adamant", "adam"]


def test_hidden_people_are_not_found_and_limited_ones_by_their_address_alone(square: Any) -> None:
    from parvis.identity.models import User
    from parvis.kernel.clock import now

    def accts(text: str) -> list[str]:
        return [a["acct"] for a in _search(square, "bob", text)["accounts"]]

    ada = square.ids["ada"]
    Account.objects.filter(id=ada).update(limited_at=now())
    changes.touch(f"a:{ada}")
    assert (accts("ad"), accts("ada")) == ([], ["ada"])
    Account.objects.filter(id=ada).update(suspended_at=now(), limited_at=None)
    changes.touch(f"a:{ada}")
    assert accts("ad") == accts("ada") == []
    Account.objects.filter(id=ada).update(suspended_at=None)
    changes.touch(f"a:{ada}")
    assert accts("ada") == ["ada"]
    User.objects.filter(account_id=ada).update(approved_at=None)
    assert accts("ad") == accts("ada") == []


def test_new_display_name_is_found(square: Any) -> None:
    answered = square.ask("PATCH", "/api/v1/accounts/update_credentials", "bob", {"display_name": "Robert Desnos"})
    assert answered.status == 200
    outbox.drain()
    assert [a["acct"] for a in _search(square, "ada", "desn")["accounts"]] == ["bob"]


def test_hashtags_are_found_by_their_beginning(square: Any, words: Any) -> None:
    from parvis.network.models import Hashtag

    words("ada", "#Paris #parvis #Été")
    words("bob", "#parvis")
    Hashtag.objects.filter(name="paris").update(listable=False)

    def tags(text: str, who: str = "ada", **params: Any) -> list[str]:
        return [t["name"] for t in _search(square, who, text, type="hashtags", **params)["hashtags"]]

    assert tags("par") == tags("#par") == tags("#par", who="") == ["parvis"]
    assert tags("paris") == ["Paris"]
    assert tags("été") == ["Été"]
    assert tags("par", exclude_unreviewed="true") == []
    found = _search(square, "ada", "#parvis")["hashtags"][0]
    assert (found["history"][0]["uses"], found["history"][0]["accounts"], found["following"]) == ("2", "2", False)


def test_addresses_of_this_square_are_resolved(square: Any, words: Any) -> None:
    shown, secret = words("ada", "here"), words("ada", "secret", visibility="private")
    assert [s["id"] for s in _search(square, "bob", shown["url"], resolve="true")["statuses"]] == [shown["id"]]
    assert [s["id"] for s in _search(square, "bob", shown["uri"])["statuses"]] == [shown["id"]]
    assert _search(square, "bob", secret["url"], resolve="true")["statuses"] == []
    assert [a["acct"] for a in _search(square, "bob", "http://localhost:8000/@ada")["accounts"]] == ["ada"]
    assert _search(square, "bob", "https://elsewhere.example/@ada", resolve="true") == {"accounts": [], "statuses": [], "hashtags": []}


def test_visitors_search_people_and_tags_only(square: Any, words: Any) -> None:
    words("cleo", "an open book #book")
    found = _search(square, "", "book")
    assert found["statuses"] == []
    assert [t["name"] for t in found["hashtags"]] == ["book"]
    assert square.ask("GET", f"{URL}?q=a&resolve=true").status == 401
    assert square.ask("GET", f"{URL}?q=a&type=accounts&offset=2").status == 401
    assert square.ask("GET", URL).status == square.ask("GET", f"{URL}?q=%20", "ada").status == 400
    square.person("eve", scope="read:accounts")
    assert square.ask("GET", f"{URL}?q=a", "eve").status == 403


def test_cost_of_search_does_not_grow_with_what_is_found(square: Any, words: Any, django_assert_max_num_queries: Any) -> None:
    for n in range(6):
        words("cleo", f"harp {n}")
        words("ada", f"my harp {n}")
    _search(square, "ada", "harp")
    with django_assert_max_num_queries(9):
        assert len(_search(square, "ada", "harp")["statuses"]) == 12
