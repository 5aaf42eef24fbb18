from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "parvis.feeds"
    label = "feeds"
