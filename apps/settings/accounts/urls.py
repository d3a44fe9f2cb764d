from allauth.account import urls as account
from allauth.mfa import urls as mfa
from allauth.usersessions import urls as usersessions
from django.urls import include, path

from .limits import limited

urlpatterns = [
    path("", include(limited(account.urlpatterns))),
    path("2fa/", include(limited(mfa.urlpatterns))),
    path("sessions/", include(limited(usersessions.urlpatterns))),
]
