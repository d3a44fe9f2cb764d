from django.urls import path

from . import views

urlpatterns = [
    path("spreads/", views.spreads_page, name="spreads"),
    path("spreads.csv", views.spreads_csv, name="spreads-csv"),
]
