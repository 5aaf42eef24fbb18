from django.apps import AppConfig


class PortabilityConfig(AppConfig):
    name = "parvis.portability"
    label = "portability"
