from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "parvis.console"
    label = "console"
