from django.urls import include, path

from . import exports, views

app_name = "market"
urlpatterns = [
    path("", views.home, name="home"),
    path("indices/", views.indices, name="indices"),
    path("indices/<slug:slug>/", views.index_detail, name="index"),
    path("indices.csv", exports.indices_csv, name="indices-csv"),
    path("indices/<slug:slug>/points.csv", exports.index_csv, name="index-csv"),
    path(
        "indices/<slug:slug>/constituents.csv",
        exports.constituents_csv,
        name="constituents-csv",
    ),
    path("movers/", views.movers_page, name="movers"),
    path("movers.csv", views.movers_csv, name="movers-csv"),
    path("", include("apps.market.sets.urls")),
    path("", include("apps.market.sealed.urls")),
    path("", include("apps.market.compare.urls")),
    path("", include("apps.market.spreads.urls")),
    path("find/", views.find, name="find"),
    path("methodology/", views.methodology, name="methodology"),
    path("theme", views.choose_theme, name="theme"),
]
