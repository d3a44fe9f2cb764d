from django.urls import path

from . import views

app_name = "bulk"
urlpatterns = [
    path("", views.index, name="index"),
    path("<path:name>", views.download, name="file"),
]
