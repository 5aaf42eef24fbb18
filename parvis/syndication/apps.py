from django.apps import AppConfig


class SyndicationConfig(AppConfig):
    name = "parvis.syndication"
    label = "syndication"
