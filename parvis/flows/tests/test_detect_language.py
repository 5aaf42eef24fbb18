"""Posts whose client names no language get the one they are written in, and no lasting process loads a model."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from parvis.flows.detect_language import name_languages
from parvis.flows.edit_post import EditRequest, edit
from parvis.flows.publish_post import PublishRequest, publish
from parvis.kernel import changes
from parvis.kernel.models import OutboxEvent
from parvis.network import languages
from parvis.network.events import PostPublished
from parvis.network.models import Account
from parvis.network.queries import posts

TEXTS = [
    "Bonjour tout le monde, comment allez-vous aujourd'hui ?",
    "The weather was lovely this morning, wasn't it?",
    "Guten Morgen zusammen, wie geht es euch heute?",
    "¿Alguien sabe a qué hora empieza la reunión de mañana?",
    "今日はとてもいい天気ですね。",
    "Привет, как дела? Всё хорошо?",
    "ALL THE CAPITALS IN THE WORLD",
    "e\u0301te\u0301 a\u0300 la plage avec des amis",
    "\u202eright to left \u200b zero width\u202c",
    "a" * 5000,
]


@pytest.fixture(scope="session")
def ready() -> None:
    """The table is made, as a square's worker has it made."""
    for _ in range(600):
        try:
            assert languages.table() is not None
            return
        except languages.NotReady:
            time.sleep(0.1)
    pytest.fail("the table of languages was not made within a minute")


def _publish(text: str, *, default: str = "", **params: Any) -> int:
    author, _new = Account.objects.get_or_create(username="author", defaults={"posting_defaults": {"language": default}})
    return publish(author.id, PublishRequest(text=text, **params))


def _is_open(post_id: int) -> bool:
    """Whether the post was published with its language left open."""
    body = OutboxEvent.objects.get(kind="PostPublished").body
    assert json.loads(body)["post_id"] == post_id
    return bool(json.loads(body)["language_open"])


def _named(post_id: int) -> str:
    name_languages([PostPublished(post_id, 0, _is_open(post_id))])
    changes.sync()
    return posts((post_id,))[post_id].language


@pytest.mark.parametrize("text", TEXTS)
def test_table_says_what_the_model_says(ready: None, text: str) -> None:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    global _model
    try:
        model = _model
    except NameError:
        model = _model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        model.set_languages(languages.table().languages)  # type: ignore[union-attr]
    words = languages.plain(text)
    expected, certainty = model.classify(words.encode()[: languages.MAX_BYTES].decode("utf-8", "ignore"))
    found = languages.ranked(words)
    assert found[0][0] == expected
    assert found[0][1] == pytest.approx(certainty, abs=0.01)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        (TEXTS[0], "", "fr"),
        (TEXTS[0], "en", "fr"),
        (TEXTS[1], "fr", "en"),
        (TEXTS[2], "", "de"),
        (TEXTS[4], "fr", "ja"),
        ("ok", "fr", "fr"),
        ("mdr lol xd ptdr", "fr", "fr"),
        ("https://example.org/the-weather-was-lovely-this-morning @someone #hello", "fr", "fr"),
        ("👍👍👍", "", ""),
    ],
)
def test_language_is_named_where_the_text_is_clear(ready: None, text: str, default: str, expected: str) -> None:
    post_id = _publish(text, default=default)
    assert _named(post_id) == expected
    assert _named(post_id) == expected
    assert posts((post_id,))[post_id].language == expected


@pytest.mark.django_db
def test_language_that_a_client_names_stays(ready: None) -> None:
    post_id = _publish(TEXTS[0], language="br")
    assert not _is_open(post_id)
    assert _named(post_id) == "br"
    edit(posts((post_id,))[post_id].author_id, post_id, EditRequest(text=TEXTS[1]))
    changes.sync()
    assert posts((post_id,))[post_id].language == "br"


@pytest.mark.django_db
def test_post_deleted_meanwhile_is_passed_over(ready: None) -> None:
    name_languages([PostPublished(1, 1, True)])
    assert posts((1,)) == {}


def test_no_process_of_a_square_loads_numpy(ready: None) -> None:
    asked = (
        "import sys, django; django.setup(); import parvis.config.wsgi, parvis.console.worker;"
        "from parvis.config import wiring; wiring.connect();"
        "from parvis.network import languages; assert languages.detect('Bonjour tout le monde, comment allez-vous ?') == 'fr';"
        "assert 'numpy' not in sys.modules and 'py3langid' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
