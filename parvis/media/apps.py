from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "parvis.media"
    label = "media"
