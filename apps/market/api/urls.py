from mtgintel.core.api.routing import route

from . import compare, sealed, sets, spreads, views
from .similar import SimilarCardsView

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
    *route("market/sets", sets.MarketSetsView.as_view(), "api-market-sets"),
    *route("market/sets/<str:code>", sets.MarketSetView.as_view(), "api-market-set"),
    *route(
        "market/sets/<str:code>/cards",
        sets.MarketSetCardsView.as_view(),
        "api-market-set-cards",
    ),
    *route("market/sealed", sealed.MarketSealedView.as_view(), "api-market-sealed"),
    *route("market/compare", compare.MarketCompareView.as_view(), "api-market-compare"),
    *route("market/spreads", spreads.MarketSpreadsView.as_view(), "api-market-spreads"),
    *route(
        "market/spreads/history",
        spreads.SpreadHistoryView.as_view(),
        "api-spread-history",
    ),
    *route(
        "market/freshness", views.MarketFreshnessView.as_view(), "api-market-freshness"
    ),
    *route(
        "cards/<str:card_id>/similar", SimilarCardsView.as_view(), "api-card-similar"
    ),
]
