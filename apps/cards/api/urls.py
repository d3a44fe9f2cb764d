from mtgintel.core.api.routing import route

from . import views

urlpatterns = route(
    "cards/autocomplete", views.CardAutocompleteView.as_view(), "api-card-autocomplete"
)
