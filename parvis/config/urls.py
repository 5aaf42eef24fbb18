"""Every address of the square, by entrance."""

urlpatterns: list = []
