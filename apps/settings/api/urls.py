from mtgintel.core.api.routing import route

from . import views

urlpatterns = route("settings", views.SettingsView.as_view(), "api-settings")
