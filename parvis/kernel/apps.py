from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "parvis.kernel"
    label = "kernel"
