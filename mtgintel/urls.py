"""Where everything is: pages at the top, the API under /api."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from apps.prices.status.views import status
from mtgintel.core.api.errors import UnknownRoute
from mtgintel.core.api.routing import route
from mtgintel.core.health import LiveView, ReadyView

# The admin has no door of its own: lockout and second factors are those of the site.
admin.site.login = secure_admin_login(  # type: ignore[method-assign]
    admin.site.login
)

admin.site.site_header = admin.site.site_title = "MTG Market Intel"

handler400 = "mtgintel.core.api.errors.bad_request"
handler500 = "mtgintel.core.api.errors.server_error"

# Fixed words before parameters: "cards/autocomplete" is no card.
api: list[URLPattern | URLResolver] = [
    path("", include("apps.cards.api.urls")),
    path("", include("apps.prices.api.urls")),
    path("", include("apps.market.api.urls")),
    path("", include("apps.signals.api.urls")),
    path("", include("apps.recommendations.api.urls")),
    path("", include("apps.inventory.api.urls")),
    path("", include("apps.alerts.api.urls")),
    path("", include("apps.settings.api.urls")),
    *route("health/live", LiveView.as_view(), "api-health-live"),
    *route("health/ready", ReadyView.as_view(), "api-health-ready"),
    *route("schema", SpectacularAPIView.as_view(), "api-schema"),
    *route("docs", SpectacularSwaggerView.as_view(url_name="api-schema"), "api-docs"),
    path("", UnknownRoute.as_view()),
    path("<path:unknown>", UnknownRoute.as_view()),
]

urlpatterns = [
    path("api", UnknownRoute.as_view()),
    path("api/", include(api)),
    path("admin/", admin.site.urls),
    # Browsers ask for it on pages that name no icon: the admin's, the API's.
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("img/mark.svg"))),
    path("data/bulk/", include("apps.prices.archive.urls")),
    path("data/", include("apps.prices.status.urls")),
    path("status/", status, name="status"),
    path("", include("apps.prices.urls")),
    path("", include("apps.market.urls")),
    path("", include("apps.signals.urls")),
    path("", include("apps.recommendations.urls")),
    path("", include("apps.inventory.urls")),
    path("", include("apps.alerts.urls")),
    path("", include("apps.settings.urls")),
]
