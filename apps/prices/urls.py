from django.urls import path

from . import views

app_name = "cards"
urlpatterns = [
    path("cards/", views.search, name="search"),
    path("cards/<int:card_id>/", views.detail, name="detail"),
]
