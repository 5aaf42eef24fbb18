"""What is kept of a page is what would be drawn anew, and nobody gets what is somebody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

from parvis.flows.publish_post import PublishRequest, publish
from parvis.kernel import changes
from parvis.network.actions import follows, marks
from parvis.network.actions.posts import PollRequest
from parvis.network.queries import account, posts, viewer
from parvis.web import fragments
from parvis.web.cards import Place, face, post_cards
from parvis.web.forms import Compose

from .conftest import log_in

TOKEN = r'name="csrfmiddlewaretoken" value="([^"]+)"'


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    fragments.forget()
    yield
    fragments.forget()


def drawn(source: str, **values: Any) -> str:
    request = RequestFactory().get('/home?x="<&y=1')
    return Template(CottonCompiler().process("{% load parvis %}" + source)).render(
        Context({"request": request, "csrf_token": "T" * 64, **values})
    )


@pytest.mark.parametrize("language", ["en", "fr"])
def test_kept_posts_are_what_is_drawn_anew(square: Any, language: str) -> None:
    me = square.reader.account_id
    poll = PollRequest(options=("<b>yes</b>", "no"), expires_in_s=86_400)
    hostile = "token-0000 {{ csrf_token }} <script>path</script> {% csrf_token %}"
    publish(square.paper.account_id, PublishRequest(text=hostile, spoiler_text="<i>careful</i>", language="en"))
    publish(square.paper.account_id, PublishRequest(text="which?", poll=poll, language="en"))
    publish(square.reader.account_id, PublishRequest(text="mine", in_reply_to_id=square.first, quote_of_id=square.first, language="en"))
    marks.favourite(me, posts((square.first,))[square.first])
    changes.sync()
    from parvis.network.models import Post

    ids = list(Post.objects.values_list("id", flat=True))
    with translation.override(language):
        for who in (viewer(me), None):
            for card in post_cards(who, [(i, i) for i in ids], Place("home")):
                for place in ('joined="yes"', 'nested="yes"', 'show_pin="yes"', ""):
                    anew = drawn(f'<c-post :post="post" {place} />', post=card)
                    for _again in range(2):
                        assert drawn(f"{{% post_html post {place} %}}", post=card) == anew
    assert "<script>" not in anew


def test_kept_composer_is_what_is_drawn_anew(square: Any) -> None:
    me = face(account(square.reader.account_id))

    def form() -> Compose:
        return Compose(next_path="/home", initial={"visibility": "private", "language": "fr", "key": 'k"1'})

    anew = drawn('<c-composer :form="form" />', form=form(), me=me)
    for _again in range(2):
        assert drawn("{% composer_html form %}", form=form(), me=me) == anew
    with pytest.raises(ValueError, match="empty"):
        fragments.composer(Compose({"text": "x"}), me, "t")


def test_every_page_has_its_own_token_address_and_key(square: Any) -> None:
    follows.follow(square.neighbour.account_id, square.paper.account_id)
    changes.sync()
    pages = [square.member.get("/home"), log_in(square.neighbour).get("/home"), square.member.get("/public?next=%22%3E")]
    tokens = [set(re.findall(TOKEN, page.content.decode())) for page in pages]
    assert all(len(found) == 1 for found in tokens)
    assert len(set.union(*tokens)) == 3
    assert 'name="next" value="/public?next=%22%3E"' in pages[2].content.decode()
    keys = [re.search(r'name="key" value="([^"]+)"', page.content.decode()) for page in (*pages[:2], square.member.get("/home"))]
    assert len({key.group(1) for key in keys if key}) == 3


def test_a_kept_form_works_with_csrf_checks(square: Any) -> None:
    log_in(square.neighbour).get("/public")
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(square.reader, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = careful.get("/public").content.decode()
    found = re.search(TOKEN, page)
    assert found
    assert careful.post(f"/posts/{square.first}/bookmark", {"csrfmiddlewaretoken": found.group(1)}).status_code == 302
    assert careful.post(f"/posts/{square.first}/bookmark", {"csrfmiddlewaretoken": "x" * 64}).status_code == 403


def test_a_mark_an_edit_and_another_language_show_at_once(square: Any) -> None:
    assert 'aria-pressed="true"' not in square.member.get("/home").content.decode()
    marks.favourite(square.reader.account_id, posts((square.first,))[square.first])
    changes.sync()
    assert 'aria-pressed="true"' in square.member.get("/home").content.decode()
    assert "Pourquoi" in log_in(square.reader, "fr").get("/home").content.decode()
    from parvis.flows import edit_post

    edit_post.edit(square.paper.account_id, square.first, edit_post.EditRequest(text="The quay is open again."))
    changes.sync()
    page = square.member.get("/home").content.decode()
    assert "open again" in page
    assert "will be closed" not in page


def test_what_is_kept_has_an_end(square: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MOST", 2)
    for n in range(5):
        publish(square.paper.account_id, PublishRequest(text=f"note {n}", language="en"))
    assert square.anyone.get("/public").content.decode().count("<article") == 6
    assert len(fragments._kept) <= 2
