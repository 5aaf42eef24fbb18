"""The first link of a public post gets a card, fetched once, saying no more than its page allows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from parvis.flows import preview_links
from parvis.flows.publish_post import PublishRequest, publish
from parvis.kernel import changes, outbox, storage
from parvis.kernel.tests.serving import Site, site
from parvis.media.tests import samples
from parvis.network.events import PostPublished
from parvis.network.models import Account, Card, Post, Visibility
from parvis.network.queries import posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with site(monkeypatch) as found:
        yield found


@pytest.fixture
def ada() -> int:
    return int(Account.objects.create(username="ada").id)


def preview(author: int, text: str, **more: Any) -> Any:
    """Publish, run what the worker would, and return the post's card."""
    post_id = publish(author, PublishRequest(text=text, **more))
    preview_links.ask_for_cards([PostPublished(post_id, author)])
    preview_links.make_card.call(post_id)
    changes.sync()
    return posts((post_id,))[post_id].card


PAGE = """<!doctype html><html lang="fr-FR"><head><title>Le titre de la page</title>
<meta property="og:title" content="L&#39;article &lt;b&gt; &amp; plus"><meta name="description" content="nom">
<meta property="og:description" content="{description}"><meta property="og:site_name" content="Le Journal">
<meta name="author" content="Ada L."><meta property="og:image" content="/image.jpg"><meta property="og:image:alt" content="Un mur">{more}
</head><body><script>window.title = "no"</script></body></html>"""


def test_a_card_says_title_and_at_most_160_characters(web: Site, ada: int) -> None:
    web.page("/image.jpg", samples.located_jpeg((1200, 900), 1), "image/jpeg")
    url = web.page("/article", PAGE.format(description="mot " * 100, more=""))
    card = preview(ada, f"Lisez {url} et https://example.org/second")
    assert card.url == url
    assert card.title == "L'article <b> & plus"
    assert len(card.description) <= 160
    assert card.description.endswith("…")
    assert (card.provider_name, card.author_name, card.language, card.kind) == ("Le Journal", "Ada L.", "fr", "link")
    assert (card.width, card.height, card.image_description, len(card.blurhash)) == (400, 300, "Un mur", 36)
    picture = storage.get(card.image).read()
    assert Image.open(io.BytesIO(picture)).size == (400, 300)
    assert samples.PLACE not in picture


def test_a_page_is_asked_once_for_all_posts(web: Site, ada: int) -> None:
    url = web.page("/article", PAGE.format(description="x", more=""))
    assert preview(ada, url) is not None
    assert preview(ada, f"again {url}") is not None
    assert [path for path, _ in web.asked].count("/article") == 1
    assert Card.objects.count() == 1


@pytest.mark.parametrize(
    ("rule", "description", "image"),
    [
        ('<meta name="robots" content="nosnippet">', "", True),
        ('<meta name="robots" content="noindex, max-snippet:0">', "", True),
        ('<meta name="robots" content="max-snippet:10">', "abcdefghi…", True),
        ('<meta name="robots" content="max-snippet:-1">', "abcdefghijklmnop", True),
        ('<meta name="robots" content="max-image-preview:none">', "abcdefghijklmnop", False),
        ('<meta name="robots" content="NOIMAGEINDEX">', "abcdefghijklmnop", False),
    ],
)
def test_what_a_page_forbids_is_not_shown(web: Site, ada: int, rule: str, description: str, image: bool) -> None:
    web.page("/image.jpg", samples.picture("JPEG"), "image/jpeg")
    card = preview(ada, web.page("/article", PAGE.format(description="abcdefghijklmnop", more=rule)))
    assert card.title
    assert (card.description, bool(card.image)) == (description, image)


def test_the_headers_rules_count_too(web: Site, ada: int) -> None:
    card = preview(ada, web.page("/article", PAGE.format(description="secret", more=""), X_Robots_Tag="nosnippet"))
    assert (card.title, card.description) == ("L'article <b> & plus", "")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [("<html></html>", "text/html", 200), ("<title>x</title>", "text/plain", 200), ("<title>x</title>", "text/html", 500),
     ('{"@context":"https://www.w3.org/ns/activitystreams"}', "application/activity+json", 200)],
)  # fmt: skip
def test_what_is_no_page_gives_no_card_and_is_not_asked_again_at_once(web: Site, ada: int, body: str, kind: str, status: int) -> None:
    url = web.page("/x", body, kind, status)
    assert preview(ada, url) is None
    assert preview(ada, f"again {url}") is None
    assert len(web.asked) == 1


def test_a_hostile_picture_leaves_the_card_without_one(web: Site, ada: int) -> None:
    web.page("/image.jpg", samples.png_bomb(), "image/jpeg")
    card = preview(ada, web.page("/a", PAGE.format(description="x", more="")))
    assert (card.title != "", card.image) == (True, "")


@pytest.mark.parametrize(
    "image", ["http://169.254.169.254/latest/meta-data", "http://localhost/x", "file:///etc/passwd", "javascript:alert(1)"]
)
def test_a_page_cannot_make_the_server_ask_itself(web: Site, ada: int, image: str) -> None:
    page = PAGE.replace("/image.jpg", image).format(description="x", more="")
    assert preview(ada, web.page("/a", page)).image == ""


def test_private_addresses_get_no_card(ada: int) -> None:
    assert preview(ada, "http://127.0.0.1:8080/ http://10.0.0.1/") is None


def test_narrower_posts_and_posts_with_media_ask_nobody(web: Site, ada: int) -> None:
    url = web.page("/article", PAGE.format(description="x", more=""))
    assert preview(ada, url, visibility=Visibility.PRIVATE) is None
    assert preview(ada, url, visibility=Visibility.DIRECT) is None
    from parvis.media import actions as media

    assert preview(ada, url, media_ids=(media.upload(ada, samples.picture()),)) is None
    assert preview(ada, "http://localhost:8000/@ada is here") is None
    assert web.asked == []
    assert preview(ada, url, visibility=Visibility.UNLISTED) is not None


def test_a_card_leaves_with_its_link(web: Site, ada: int) -> None:
    from parvis.network.events import PostEdited

    url = web.page("/article", PAGE.format(description="x", more=""))
    post_id = publish(ada, PublishRequest(text=url))
    preview_links.make_card.call(post_id)
    assert Post.objects.get(id=post_id).card_id
    Post.objects.filter(id=post_id).update(text="no link")
    changes.forget()
    preview_links.ask_for_cards([PostEdited(post_id, ada, 0)])
    assert Post.objects.get(id=post_id).card_id is None


def test_publishing_asks_for_a_card_by_a_task_and_never_in_the_reaction(web: Site, ada: int) -> None:
    from django_tasks_db.models import DBTaskResult

    from parvis.config import wiring

    wiring.connect()
    url = web.page("/article", PAGE.format(description="x", more=""))
    publish(ada, PublishRequest(text=url))
    outbox.drain()
    assert web.asked == []
    assert DBTaskResult.objects.filter(task_path__endswith="make_card").count() == 1


def test_hostile_pages_are_read_in_linear_time() -> None:
    import time

    from parvis.kernel import pages

    started = time.process_time()
    for hostile in (
        '<meta "' * 60_000,
        "<!---->" * 57_000,
        "<script" * 50_000,
        "<title " * 50_000,
        "<meta a='" + '" ' * 200_000,
        "<" * 400_000,
    ):
        pages.read(hostile.encode(), "http://example.org/")
    assert time.process_time() - started < 5
