"""Pages render for everybody, in both languages, without JavaScript, and show what they promise."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from parvis.flows.publish_post import PublishRequest, publish
from parvis.network.actions import follows, marks
from parvis.network.models import Account
from parvis.network.queries import posts

from .conftest import log_in, person

PUBLIC = ["/", "/public", "/network", "/about", "/about/privacy", "/auth/login/", "/auth/signup/", "/auth/password/reset/", "/@paper"]
MEMBERS = ["/home", "/bookmarks", "/compose", "/settings", "/auth/2fa/", "/auth/sessions/", "/auth/email/", "/auth/password/change/"]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("path", PUBLIC)
def test_page_opens_for_anyone(square: Any, path: str, language: str) -> None:
    answer = Client(HTTP_ACCEPT_LANGUAGE=language).get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("path", MEMBERS)
def test_members_page_opens_for_members_only(square: Any, path: str, language: str) -> None:
    assert square.anyone.get(path).status_code == 302
    client = log_in(square.reader, language)
    answer = client.get(path)
    if answer.status_code == 302:  # some pages of the account ask for the password again
        assert "/auth/reauthenticate/" in answer.headers["Location"]
        answer = client.get(answer.headers["Location"])
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


def test_home_shows_what_those_one_follows_wrote_and_why(square: Any) -> None:
    page = square.member.get("/home").content.decode()
    assert "The quay will be closed" in page
    assert "You follow The &lt;b&gt;Paper&lt;/b&gt;." in page


def test_empty_home_suggests_what_to_do(square: Any) -> None:
    page = log_in(square.neighbour).get("/home").content.decode()
    assert 'href="/public"' in page
    assert "Your square is being set up" in page


def test_session_ends_after_fifteen_posts_with_an_end_card(square: Any) -> None:
    for n in range(17):
        publish(square.paper.account_id, PublishRequest(text=f"note {n}", language="en"))
    page = square.anyone.get("/public").content.decode()
    assert page.count("<article") == 15
    assert "A good place to stop" in page
    more = re.search(r'href="(/public\?before=\d+)"', page)
    assert more
    second = square.anyone.get(more.group(1)).content.decode()
    assert second.count("<article") == 3
    assert "You have seen everything here" in second


def test_no_public_counts_in_html(square: Any) -> None:
    post = posts((square.first,))[square.first]
    for n in range(3):
        other = person(f"fan{n}")
        follows.follow(other.account_id, square.paper.account_id)
        marks.favourite(other.account_id, post)
    Account.objects.filter(id=square.paper.account_id).update(followers_count=48_151)
    for path in ("/@paper", f"/@paper/{square.first}", "/public"):
        for client in (square.anyone, square.member):
            page = client.get(path).content.decode()
            assert "48151" not in page
            assert "48,151" not in page
            assert "Only you see this" not in page
    own = log_in(square.paper).get("/@paper").content.decode()
    assert "Only you see this" in own
    assert "48151" in own


def test_script_in_names_bios_and_posts_is_text(square: Any) -> None:
    attack = "<script>alert(1)</script>"
    who = person(
        "sly", attack[:60], note=attack, note_html="<p>" + attack.replace("<", "&lt;") + "</p>", fields=[{"name": attack, "value": attack}]
    )
    post = publish(who.account_id, PublishRequest(text=attack, spoiler_text=attack, language="en"))
    for path in ("/@sly", f"/@sly/{post}", "/public", "/"):
        page = square.member.get(path, follow=True).content.decode()
        assert attack not in page
        assert "<script>" not in page


def test_pages_carry_a_policy_that_runs_nothing_inline(square: Any) -> None:
    answer = square.member.get("/home")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = answer.content.decode()
    assert not re.search(r"\son\w+=", re.sub(r">[^<]*<", "><", page))
    assert ' style="' not in page
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_hidden_post_answers_like_none(square: Any) -> None:
    secret = publish(square.paper.account_id, PublishRequest(text="for one", visibility=3, language="en"))
    hidden, none = square.member.get(f"/@paper/{secret}"), square.member.get("/@paper/99999")
    assert hidden.status_code == none.status_code == 404
    strip = re.compile(rb'value="[^"]*"|href="[^"]*"')
    assert strip.sub(b"", hidden.content) == strip.sub(b"", none.content)


def test_thread_shows_best_answers_first_and_hides_none(square: Any) -> None:
    def answer(who: Any, text: str) -> int:
        return publish(who.account_id, PublishRequest(text=text, in_reply_to_id=square.first, language="en"))

    plain = answer(square.neighbour, "plain answer")
    liked = answer(square.neighbour, "liked answer")
    marks.favourite(square.reader.account_id, posts((liked,))[liked])
    own = answer(square.paper, "the author adds")
    page = square.anyone.get(f"/@paper/{square.first}").content.decode()
    at = [page.index(f'id="post-{i}"') for i in (own, liked, plain)]
    assert at == sorted(at)


def test_wrong_name_in_a_posts_address_leads_to_the_right_one(square: Any) -> None:
    answer = square.anyone.get(f"/@neighbour/{square.first}")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"/@paper/{square.first}"


def test_post_page_describes_itself_to_other_sites(square: Any) -> None:
    page = square.anyone.get(f"/@paper/{square.first}").content.decode()
    assert '<meta property="og:type" content="article">' in page
    assert f'/@paper/{square.first}">' in page
    assert 'rel="canonical"' in page


def test_rss_has_public_posts_only(square: Any) -> None:
    publish(square.paper.account_id, PublishRequest(text="quiet words", visibility=2, language="en"))
    feed = square.anyone.get("/@paper.rss").content.decode()
    assert "The quay will be closed" in feed
    assert "quiet words" not in feed


def test_pages_of_posts_cost_the_same_queries_however_many_posts(square: Any, django_assert_max_num_queries: Any) -> None:
    people = [person(f"p{n}") for n in range(8)]
    for n in range(14):
        publish(
            people[n % 8].account_id, PublishRequest(text=f"one {n} #tag{n}", in_reply_to_id=square.first if n % 2 else None, language="en")
        )
    from parvis.kernel import changes

    for path, most in (("/home", 24), ("/public", 24), (f"/@paper/{square.first}", 26)):
        changes.forget()
        changes.sync()
        changes.sync()  # PostgreSQL: the test's own transaction is still open, so its changes are read once more
        with django_assert_max_num_queries(most):
            assert square.member.get(path).status_code == 200
        with django_assert_max_num_queries(12):
            assert square.member.get(path).status_code == 200


def test_errors_are_pages(square: Any) -> None:
    assert square.anyone.get("/nothing").status_code == 404
    assert "Nothing here" in square.anyone.get("/nothing").content.decode()
    careful = Client(enforce_csrf_checks=True)
    refused = careful.post("/settings/theme", {"theme": "dark"})
    assert refused.status_code == 403
    assert "Go back" in refused.content.decode()


def test_search_finds_people_tags_and_posts_that_may_be_found(square: Any) -> None:
    Account.objects.filter(id=square.paper.account_id).update(indexable=True, discoverable=True)
    page = square.member.get("/search?q=paper").content.decode()
    assert 'href="/@paper"' in page
    assert "#quay" in square.member.get("/search?q=quay").content.decode()
    assert square.anyone.get("/search?q=%22%27%3B--").status_code == 200
    assert square.anyone.get("/search").status_code == 200


def test_pasted_address_leads_to_its_page(square: Any) -> None:
    answer = square.member.get(f"/search?q=http://localhost:8000/@paper/{square.first}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/@paper/{square.first}"
