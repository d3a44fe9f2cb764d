from django.urls import path

from . import views

app_name = "prices"
urlpatterns = [
    path("", views.data, name="data"),
    path("run", views.run_feed, name="run-feed"),
]
