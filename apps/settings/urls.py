from django.urls import include, path

from . import views

pages = [
    path("", views.preferences, name="page"),
    path("amounts", views.amounts, name="amounts"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke", views.revoke, name="revoke-token"),
    path("sessions/<int:session_id>/end", views.log_out_session, name="end-session"),
    path("data/", views.data, name="data"),
    path("data/export", views.export, name="export"),
    path("data/delete/", views.delete, name="delete"),
]

urlpatterns = [
    path("account/", include("apps.settings.accounts.urls")),
    path("settings/", include((pages, "preferences"))),
]
