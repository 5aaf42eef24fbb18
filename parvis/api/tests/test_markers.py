"""How far one has read is the same in every client."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

URL = "/api/v1/markers"


def test_markers_are_kept_and_counted(square: Any) -> None:
    assert square.ask("GET", f"{URL}?timeline[]=home&timeline[]=notifications", "ada").json == {}
    made = square.ask("POST", URL, "ada", {"home": {"last_read_id": "103194548672408537"}, "notifications": {"last_read_id": 7}}).json
    assert {t: (m["last_read_id"], m["version"]) for t, m in made.items()} == {"home": ("103194548672408537", 1), "notifications": ("7", 1)}
    again = square.ask("POST", URL, "ada", form="home[last_read_id]=103194548672408538").json
    assert list(again) == ["home"]
    assert (again["home"]["last_read_id"], again["home"]["version"]) == ("103194548672408538", 2)
    assert list(square.ask("GET", f"{URL}?timeline[]=notifications", "ada").json) == ["notifications"]
    assert square.ask("GET", f"{URL}?timeline[]=home&timeline[]=nowhere", "ada").json == again
    assert square.ask("GET", URL, "ada").json == {}
    assert square.ask("GET", f"{URL}?timeline[]=home", "bob").json == {}


@pytest.mark.parametrize(
    "wrong", [{"home": "7"}, {"home": {"last_read_id": "x"}}, {"home": {"last_read_id": -1}}, {"home": {"last_read_id": 10**30}}]
)
def test_bad_markers_are_refused(square: Any, wrong: Any) -> None:
    assert square.ask("POST", URL, "ada", wrong).status == 422
    assert square.ask("POST", URL, "", wrong).status == 401
    assert square.ask("GET", f"{URL}?timeline[]=home", "ada").json == {}


def test_two_clients_at_once_conflict_and_nothing_is_lost(square: Any) -> None:
    from parvis.network.actions import markers
    from parvis.network.models import Marker

    square.ask("POST", URL, "ada", {"home": {"last_read_id": "5"}})
    real_filter = Marker.objects.filter

    def interrupted(*args: Any, **given: Any) -> Any:
        if "version" in given:  # another client writes between this one's read and write
            real_filter(pk=given["pk"]).update(version=given["version"] + 1, last_read_id=9)
        return real_filter(*args, **given)

    with mock.patch.object(Marker.objects, "filter", interrupted):
        answered = square.ask("POST", URL, "ada", {"home": {"last_read_id": "6"}})
    assert (answered.status, answered.json["error"]) == (409, "Conflict during update, please try again")
    assert markers.TIMELINES == ("home", "notifications")
    assert square.ask("POST", URL, "ada", {"home": {"last_read_id": "6"}}).status == 200


def test_scopes(square: Any) -> None:
    square.person("cleo", scope="read:statuses")
    assert square.ask("GET", f"{URL}?timeline[]=home", "cleo").status == 200
    assert square.ask("POST", URL, "cleo", {"home": {"last_read_id": "6"}}).status == 403
