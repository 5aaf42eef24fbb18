"""The WSGI application: a fast lane for the API's reads, then stored media, then Django for everything else."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.config.settings")

from django.core.wsgi import get_wsgi_application

_django = get_wsgi_application()

from parvis.api.fastlane import FastLane  # noqa: E402  (Django must be set up first)
from parvis.media.serving import MediaLane  # noqa: E402
from parvis.web.static_files import StaticFiles  # noqa: E402

application = FastLane(MediaLane(StaticFiles(_django)))
