from django.urls import path

from . import views

app_name = "recommendations"
urlpatterns = [
    path("recommendations/", views.index, name="list"),
    path("recommendations/<int:pk>/", views.detail, name="detail"),
    path("track-record/", views.record, name="record"),
]
