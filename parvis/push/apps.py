from django.apps import AppConfig


class PushConfig(AppConfig):
    name = "parvis.push"
    label = "push"
