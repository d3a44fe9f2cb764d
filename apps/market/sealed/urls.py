from django.urls import path

from . import views

urlpatterns = [
    path("sealed/", views.sealed, name="sealed"),
    path("sealed.csv", views.sealed_csv, name="sealed-csv"),
]
