from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "parvis.network"
    label = "network"
