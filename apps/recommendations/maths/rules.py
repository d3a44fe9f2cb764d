"""From signals, price and liquidity to advice. Formulas: docs/methodology.md.

One row per variant (a printing in one finish), one column per horizon. A rule turns
what the signals say into an expected move and how sure of it one can be; fees decide
whether anything follows from it. Prices are thousandths, returns ratios.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .scoring import BUY, HOLD, HORIZONS, SELL, Bounds, Costs, net_returns

Array = NDArray[Any]

NOTHING = 9
HORIZON_DAYS = tuple(HORIZONS)

# Why an advice is what it is.
PAYS, CONTRADICTORY, FEES, TOO_UNSURE = 1, 2, 3, 4


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the signals say of each variant: a row per kind of signal.

    `lean` is the direction times strength times confidence, from -1 to 1; 0 is silence.
    """

    kinds: tuple[str, ...]
    lean: Array

    def row(self, kind: str) -> Array:
        """The leans of one kind; zeros for one that nobody looked for."""
        if kind not in self.kinds:
            return np.zeros(self.lean.shape[1])
        return self.lean[self.kinds.index(kind)]


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How each variant stands in a currency: its newest `price`, of so many days
    `age`; on how many days it was `observed`; the deviation of its daily log returns
    (`volatility`); how many `copies` there are, NaN where nobody says."""

    currency: str
    price: Array
    age: Array
    observed: Array
    volatility: Array
    copies: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A way to advise, with all its parameters; `version` changes with any of them.

    `weights[horizon][kind]` are the log returns that a signal of full strength and
    confidence lets expect: one that speaks for a rise, and (as a positive number) for
    a fall; `most` is the largest that is believed of all together.
    `spread[horizon]` times volatility times the root of the horizon is the scale of
    what may come instead. Floors: `least_price` (thousandths, by currency),
    `least_copies`, `least_observed` days, `oldest` days; `least_confidence` and
    `least_net` for a trade, `least_lean` (a log return) for saying anything.
    `proven` are the (currency, kind, horizon) of which a backtest on dates held out
    beat doing nothing after fees; every other trade is experimental.
    """

    name: str
    version: int
    title: str
    about: str
    proven: frozenset[tuple[str, int, int]]
    weights: Mapping[int, Mapping[str, tuple[float, float]]]
    spread: Mapping[int, float]
    most: float = 0.5
    least_price: Mapping[str, int] = field(
        default_factory=lambda: {"USD": 2000, "EUR": 2000, "TIX": 500}
    )
    least_copies: int = 3
    least_observed: int = 20
    oldest: int = 3
    least_volatility: float = 0.025
    least_confidence: float = 0.55
    least_net: float = 0.02
    least_lean: float = 0.03
    contradiction: float = 0.5

    @property
    def key(self) -> str:
        return f"{self.name}-{self.version}"

    @property
    def parameters(self) -> dict[str, Any]:
        """Everything that decides, for the record of versions."""
        described = ("name", "version", "title", "about", "proven")
        return {
            name: getattr(self, name)
            for name in self.__slots__
            if name not in described
        }

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of the signals that weigh anything."""
        return tuple(dict.fromkeys(k for of in self.weights.values() for k in of))

    def is_experimental(self, currency: str, kind: int, horizon: int) -> bool:
        """Whether nothing shows that following such an advice beats doing nothing. A
        HOLD is doing nothing."""
        return kind != HOLD and (currency, kind, horizon) not in self.proven


@dataclass(slots=True, eq=False)
class Advice:
    """What a rule says, [variants, horizons]: `kind` is BUY, HOLD, SELL or NOTHING.

    `move` is the expected log return, `net` what following the advice is expected to
    earn after fees, `why` the reason for the kind.
    """

    kind: Array
    move: Array
    net: Array
    confidence: Array
    why: Array

    def target(self, price: Array) -> Array:
        """The expected price at each horizon, in thousandths."""
        return np.rint(price[:, None] * np.exp(self.move)).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """One horizon: what the evidence lets expect, for a rise and for a fall."""

    up: Array
    down: Array

    @property
    def move(self) -> Array:
        return self.up - self.down

    @property
    def contradiction(self) -> Array:
        """The share of the weaker side in the stronger one."""
        weaker = np.minimum(self.up, self.down)
        stronger = np.maximum(self.up, self.down)
        return np.divide(
            weaker, stronger, out=np.zeros_like(weaker), where=stronger > 0
        )


def advise(rule: Rule, evidence: Evidence, standing: Standing, costs: Costs) -> Advice:
    """The advice of a rule for every variant and horizon."""
    n = len(standing.price)
    shape = (n, len(HORIZON_DAYS))
    advice = Advice(
        kind=np.full(shape, NOTHING, np.int8),
        move=np.zeros(shape),
        net=np.zeros(shape),
        confidence=np.zeros(shape),
        why=np.zeros(shape, np.int8),
    )
    rows = np.flatnonzero(is_liquid(rule, standing))
    for column, horizon in enumerate(HORIZON_DAYS):
        _fill(advice, column, rows, _judge(rule, evidence, standing, costs, horizon))
    return advice


def is_liquid(rule: Rule, standing: Standing) -> Array:
    """Which variants anything can be said about at all."""
    is_offered = ~(standing.copies < rule.least_copies)
    return (
        (standing.price >= rule.least_price[standing.currency])
        & (standing.observed >= rule.least_observed)
        & (standing.age <= rule.oldest)
        & is_offered
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Judgement:
    kind: Array
    move: Array
    net: Array
    confidence: Array
    why: Array


def _fill(advice: Advice, column: int, rows: Array, found: _Judgement) -> None:
    for name in _Judgement.__slots__:
        getattr(advice, name)[rows, column] = getattr(found, name)[rows]


def _judge(
    rule: Rule, evidence: Evidence, standing: Standing, costs: Costs, horizon: int
) -> _Judgement:
    view = _view(rule, evidence, horizon)
    move = np.clip(view.move, -rule.most, rule.most)
    price = standing.price.astype(float)
    pays = _chances(rule, move, standing, costs, horizon)
    then = price * np.exp(move)
    wanted = np.where(move >= 0, BUY, SELL)
    net = net_returns(wanted, price, then, costs)
    chance = np.where(move >= 0, pays.buy, pays.sell)
    is_mixed = view.contradiction >= rule.contradiction
    is_worth = (net >= rule.least_net) & (chance >= rule.least_confidence)
    said = np.maximum(view.up, view.down) >= rule.least_lean
    is_trade = said & is_worth & ~is_mixed
    is_hold = said & ~is_trade & (pays.neither >= rule.least_confidence)
    kind = np.select([is_trade, is_hold], [wanted, HOLD], NOTHING)
    why = np.select(
        [is_trade, is_mixed, net < rule.least_net],
        [PAYS, CONTRADICTORY, FEES],
        TOO_UNSURE,
    )
    return _Judgement(
        kind=kind,
        move=move,
        net=np.where(is_trade, net, 0.0),
        confidence=np.where(is_trade, chance, pays.neither),
        why=why,
    )


def _view(rule: Rule, evidence: Evidence, horizon: int) -> _View:
    n = evidence.lean.shape[1]
    up, down = np.zeros(n), np.zeros(n)
    for kind, (rise, fall) in rule.weights[horizon].items():
        lean = evidence.row(kind)
        up += rise * np.maximum(lean, 0)
        down += fall * np.maximum(-lean, 0)
    return _View(up, down)


@dataclass(frozen=True, slots=True, eq=False)
class _Chances:
    """That buying pays its fees, that the price falls, that no trade pays."""

    buy: Array
    sell: Array
    neither: Array


def _chances(
    rule: Rule, move: Array, standing: Standing, costs: Costs, horizon: int
) -> _Chances:
    price = standing.price.astype(float)
    volatility = np.maximum(standing.volatility, rule.least_volatility)
    scale = rule.spread[horizon] * volatility * np.sqrt(horizon)
    bounds = Bounds.of(price, costs)

    def below(bound: Array) -> Array:
        """The chance that the price will be under a bound."""
        return student_t3((np.log(np.maximum(bound, 1e-9) / price) - move) / scale)

    reached = 1 - below(bounds.reach)
    neither = np.clip(1 - reached - below(bounds.fall), 0, 1)
    return _Chances(reached, below(price), neither)


def student_t3(x: Array) -> Array:
    """The distribution function of Student's t with 3 degrees of freedom: prices
    stay where they are more often than a normal one says, and leap more often."""
    scaled = x / np.sqrt(3)
    return 0.5 + (scaled / (1 + scaled**2) + np.arctan(scaled)) / np.pi
