from django.urls import path

from . import views

urlpatterns = [
    path("sets/", views.sets, name="sets"),
    path("sets.csv", views.sets_csv, name="sets-csv"),
    path("sets/<str:code>/", views.set_detail, name="set"),
    path("sets/<str:code>/cards.csv", views.set_cards_csv, name="set-cards-csv"),
    path("sets/<str:code>/values.csv", views.set_values_csv, name="set-values-csv"),
]
