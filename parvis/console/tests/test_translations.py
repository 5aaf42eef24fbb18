"""Translations are compiled without gettext's programs, and what French lacks is named."""

from __future__ import annotations

import gettext
import io
from pathlib import Path

from parvis.console import translations

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

# a comment
#: somewhere.py:1
msgid "Square"
msgstr "Parvis"

msgctxt "shape"
msgid "Square"
msgstr "Carré"

msgid "%(n)d reply"
msgid_plural "%(n)d replies"
msgstr[0] "%(n)d réponse"
msgstr[1] "%(n)d réponses"

msgid "A long "
"text"
msgstr ""
"Un long "
"texte"

#, fuzzy
msgid "Unsure"
msgstr "Pas sûr"

msgid "Not yet"
msgstr ""
"""


def test_compiled_file_is_read_by_gettext(tmp_path: Path) -> None:
    po = tmp_path / "django.po"
    po.write_text(PO, encoding="utf-8")
    messages, fuzzy = translations.read_po(po)
    read = gettext.GNUTranslations(io.BytesIO(translations.mo_bytes(messages)))
    assert read.gettext("Square") == "Parvis"
    assert read.pgettext("shape", "Square") == "Carré"
    assert [read.ngettext("%(n)d reply", "%(n)d replies", n) for n in (0, 1, 2)] == ["%(n)d réponse", "%(n)d réponse", "%(n)d réponses"]
    assert read.gettext("A long text") == "Un long texte"
    assert read.gettext("Not yet") == "Not yet"
    assert fuzzy == {"Unsure"}


def test_texts_are_found_in_code_and_templates(tmp_path: Path) -> None:
    code, page = tmp_path / "a.py", tmp_path / "a.html"
    code.write_text('_("One")\nngettext("%d post", "%d posts", n)\npgettext("verb", "Post")\nother("Not this")\n')
    page.write_text(
        "{% load i18n %}{% translate 'Two' %}{% blocktranslate %}Hi {{ name }}{% endblocktranslate %}"
        '{% blocktranslate count n=n %}one{% plural %}many{% endblocktranslate %}{% translate "Post" context "noun" %}'
    )
    assert list(translations.texts_of_code(code)) == ["One", "%d post\0%d posts", "verb\x04Post"]
    assert sorted(translations.texts_of_template(page)) == sorted(["Two", "Hi %(name)s", "one\0many", "noun\x04Post"])
