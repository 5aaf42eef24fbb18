"""One's own profile: what update_credentials accepts and refuses, pictures, preferences."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def town(square: Any) -> Any:
    from parvis.config import wiring

    wiring.connect()
    return square


def patch(town: Any, body: Any = None, *, form: str = "", who: str = "ada") -> Any:
    return town.ask("PATCH", "/api/v1/accounts/update_credentials", who, body, form=form)


def upload(town: Any, path: str, files: dict[str, bytes], fields: dict[str, str] | None = None) -> Any:
    """Send a multipart PATCH, as apps do for pictures."""
    import json

    from parvis.api.tests.conftest import Answered

    parts = b""
    for name, value in (fields or {}).items():
        parts += b'--edge\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value.encode())
    for name, content in files.items():
        head = b'--edge\r\nContent-Disposition: form-data; name="%s"; filename="x.png"\r\nContent-Type: image/png\r\n\r\n'
        parts += head % name.encode() + content + b"\r\n"
    raw = parts + b"--edge--\r\n"
    environ = {
        "REQUEST_METHOD": "PATCH", "PATH_INFO": path, "QUERY_STRING": "", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:8000",
        "SERVER_NAME": "localhost", "SERVER_PORT": "8000", "wsgi.input": io.BytesIO(raw), "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(), "CONTENT_LENGTH": str(len(raw)), "CONTENT_TYPE": "multipart/form-data; boundary=edge",
        "HTTP_AUTHORIZATION": "Bearer token-ada",
    }  # fmt: skip
    seen: list[Any] = []
    body = b"".join(town.application(environ, lambda status, found, *_: seen.extend((status, found))))
    json.loads(body)
    return Answered(int(seen[0].split()[0]), dict(seen[1]), body)


def picture(width: int = 32, height: int = 32) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (width, height), (30, 90, 160)).save(out, "PNG")
    return out.getvalue()


def test_a_profile_is_changed_in_parts_and_the_rest_stays(town: Any) -> None:
    patch(town, {"display_name": "Ada  Lovelace", "note": "I count.\nhttps://example.org #maths"})
    first = patch(town, {"locked": True, "bot": True, "discoverable": True, "indexable": True}).json
    assert (first["display_name"], first["locked"], first["bot"], first["discoverable"], first["indexable"]) == (
        "Ada Lovelace", True, True, True, True,
    )  # fmt: skip
    assert first["source"]["note"] == "I count.\nhttps://example.org #maths"
    assert 'class="mention hashtag"' in first["note"]
    assert "<br />" in first["note"]
    second = patch(town, form="bot=false&locked=0&note=").json
    assert (second["bot"], second["locked"], second["note"], second["display_name"]) == (False, False, "", "Ada Lovelace")
    assert patch(town, {}).json == second
    assert town.ask("GET", f"/api/v1/accounts/{town.ids['ada']}").json["display_name"] == "Ada Lovelace"
    assert "source" not in town.ask("GET", f"/api/v1/accounts/{town.ids['ada']}").json


def test_fields_come_as_a_list_an_object_or_a_form(town: Any) -> None:
    pairs = [{"name": "Site", "value": "https://ada.example"}, {"name": "Pronouns", "value": "she"}]
    expected = [("Site", "https://ada.example"), ("Pronouns", "she")]

    def fields(answered: Any) -> list[tuple[str, str]]:
        assert answered.status == 200, answered.raw
        return [(f["name"], f["value"]) for f in answered.json["source"]["fields"]]

    assert fields(patch(town, {"fields_attributes": pairs})) == expected
    assert fields(patch(town, {"fields_attributes": {"1": pairs[1], "0": pairs[0]}})) == expected
    form = "fields_attributes[0][name]=Site&fields_attributes[0][value]=https://ada.example"
    form += "&fields_attributes[1][name]=Pronouns&fields_attributes[1][value]=she&fields_attributes[2][name]=&fields_attributes[2][value]="
    answered = patch(town, form=form)
    assert fields(answered) == expected
    shown = answered.json["fields"][0]["value"]
    assert 'rel="nofollow noopener noreferrer me"' in shown
    assert shown.startswith('<a href="https://ada.example"')
    assert fields(patch(town, {"fields_attributes": [{"name": "n" * 300, "value": "<b>"}]})) == [("n" * 255, "<b>")]
    assert town.ask("GET", f"/api/v1/accounts/{town.ids['ada']}").json["fields"][0]["value"] == "&lt;b&gt;"
    assert fields(patch(town, {"fields_attributes": []})) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"display_name": "x" * 31}, "display_name"),
        ({"note": "x" * 501}, "note"),
        ({"fields_attributes": [{"name": "a", "value": "b"}] * 5}, "fields"),
        ({"fields_attributes": [{"name": "", "value": "b"}]}, "fields"),
        ({"avatar_description": "x" * 421}, "avatar_description"),
        ({"fields_attributes": "text"}, None),
        ({"fields_attributes": [1]}, None),
        ({"fields_attributes": [{"name": ["a"], "value": "b"}]}, None),
        ({"display_name": {"a": 1}}, None),
        ({"locked": []}, None),
        ({"source": "public"}, None),
        ({"source": {"privacy": "direct"}}, None),
        ({"source": {"privacy": 3}}, None),
        ({"source": {"language": "not a language"}}, None),
        ({"source": {"quote_policy": "friends"}}, None),
        ({"attribution_domains": ["not a domain"]}, None),
        ({"attribution_domains": [f"d{i}.example" for i in range(101)]}, None),
        ({"note": "a\x00b"}, None),
    ],
)
def test_a_profile_that_cannot_be_is_refused_and_nothing_changes(town: Any, body: dict[str, Any], field: str | None) -> None:
    before = town.ask("GET", "/api/v1/accounts/verify_credentials", "ada").json
    refused = patch(town, {"bot": True, **body})
    assert refused.status == 422, refused.raw
    assert refused.json["error"]
    if field:
        assert list(refused.json["details"]) == [field]
    assert town.ask("GET", "/api/v1/accounts/verify_credentials", "ada").json == before


def test_links_in_a_bio_count_as_23_characters(town: Any) -> None:
    assert patch(town, {"note": "x" * 470 + " https://example.org/" + "y" * 200}).status == 200


def test_posting_defaults_are_kept_and_used(town: Any) -> None:
    source = {"privacy": "private", "sensitive": True, "language": "fr", "quote_policy": "nobody"}
    answered = patch(town, {"source": source, "attribution_domains": ["https://Press.example", "*.paper.example"]}).json
    assert {k: answered["source"][k] for k in source} == source
    assert answered["source"]["attribution_domains"] == ["press.example", "paper.example"]
    posted = town.post("ada", "hello")
    assert (posted["visibility"], posted["sensitive"], posted["language"]) == ("private", True, "fr")
    assert town.ask("GET", "/api/v1/preferences", "ada").json == {
        "posting:default:visibility": "private",
        "posting:default:sensitive": True,
        "posting:default:language": "fr",
        "posting:default:quote_policy": "nobody",
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": False,
    }
    assert patch(town, {"source": {"language": ""}}).json["source"]["language"] is None
    assert patch(town, {"attribution_domains": []}).json["source"]["attribution_domains"] == []


def test_preferences_of_a_locked_account_begin_private(town: Any) -> None:
    assert town.ask("GET", "/api/v1/preferences", "bob").json["posting:default:visibility"] == "public"
    patch(town, {"locked": True}, who="bob")
    assert town.ask("GET", "/api/v1/preferences", "bob").json["posting:default:visibility"] == "private"


def test_pictures_are_stored_replaced_and_removed(town: Any) -> None:
    from django.conf import settings

    from parvis.network.models import Account

    drawn = town.ask("GET", "/api/v1/accounts/verify_credentials", "ada").json["avatar"]
    pictures = {"avatar": picture(), "header": picture(60, 20)}
    answered = upload(town, "/api/v1/accounts/update_credentials", pictures, {"display_name": "Ada"})
    assert answered.status == 200, answered.raw
    assert answered.json["display_name"] == "Ada"
    assert answered.json["avatar"] != drawn
    first = Account.objects.get(username="ada")
    assert first.avatar
    assert first.header
    assert (Path(settings.MEDIA_ROOT) / first.avatar).is_file()
    upload(town, "/api/v1/accounts/update_credentials", {"avatar": picture(48, 48)})
    second = Account.objects.get(username="ada")
    assert second.avatar != first.avatar
    assert second.header == first.header
    assert not (Path(settings.MEDIA_ROOT) / first.avatar).exists()
    own = town.ask("GET", "/api/v1/profile", "ada").json
    assert own["avatar"].endswith(second.avatar)
    assert town.ask("DELETE", "/api/v1/profile/avatar", "ada").json["avatar"] == drawn
    assert town.ask("DELETE", "/api/v1/profile/header", "ada").status == 200
    assert not (Path(settings.MEDIA_ROOT) / second.avatar).exists()
    gone = town.ask("GET", "/api/v1/profile", "ada").json
    assert (gone["avatar"], gone["header"], gone["display_name"]) == (None, None, "Ada")
    assert town.ask("DELETE", "/api/v1/profile/avatar").status == 401


def test_what_is_not_a_picture_is_refused_and_leaves_no_file(town: Any) -> None:
    from django.conf import settings

    def files() -> set[Path]:
        return {p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()}

    before = files()
    refused = upload(town, "/api/v1/accounts/update_credentials", {"avatar": b"<svg onload=alert(1)>"}, {"display_name": "Evil"})
    assert refused.status == 422, refused.raw
    both = upload(town, "/api/v1/accounts/update_credentials", {"avatar": picture(), "header": b"nothing"})
    assert both.status == 422
    assert files() == before
    assert town.ask("GET", "/api/v1/profile", "ada").json["display_name"] == ""


def test_a_profile_is_edited_as_it_was_written(town: Any) -> None:
    answered = town.ask("PATCH", "/api/v1/profile", "ada", {"note": "a & b", "fields_attributes": [{"name": "x", "value": "<y>"}]})
    assert answered.status == 200
    assert answered.json["note"] == "a & b"
    assert answered.json["fields"] == [{"name": "x", "value": "<y>", "verified_at": None}]
    assert answered.json["id"] == str(town.ids["ada"])
    assert town.ask("GET", "/api/v1/profile", "ada").json == answered.json
