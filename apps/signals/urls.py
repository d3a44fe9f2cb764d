from django.urls import path

from . import views

app_name = "signals"
urlpatterns = [
    path("signals/", views.board, name="board"),
    path("signals.csv", views.signals_csv, name="csv"),
    path("signals/<slug:slug>/", views.kind_detail, name="kind"),
]
