from mtgintel.core.api.routing import route

from . import views

urlpatterns = [
    *route("market/index", views.MarketIndexView.as_view(), "api-market-index"),
    *route("market/indices", views.MarketIndicesView.as_view(), "api-market-indices"),
    *route(
        "market/index/constituents",
        views.IndexConstituentsView.as_view(),
        "api-index-constituents",
    ),
    *route(
        "market/overview", views.MarketOverviewView.as_view(), "api-market-overview"
    ),
    *route("market/movers", views.MarketMoversView.as_view(), "api-market-movers"),
    *route(
        "market/freshness", views.MarketFreshnessView.as_view(), "api-market-freshness"
    ),
]
