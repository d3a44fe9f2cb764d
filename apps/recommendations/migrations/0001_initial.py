"""Recommendations, what closed them, what became of them, and their ledger.

None of it is ever rewritten: a trigger refuses to change or delete what was issued. An
owner's private advice may be deleted with its owner, and all of a demo market's is
emptied with it (TRUNCATE fires no row triggers).
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import mtgintel.core.fields
import mtgintel.core.money
from mtgintel.core.constants import Currency, Finish

SUBJECT = ["tier", "user", "card", "finish", "currency", "horizon_days"]

FINAL = """
CREATE FUNCTION recommendation_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed recommendations;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.user_id IS NOT NULL THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'recommendation % was issued: it cannot be deleted', OLD.id;
    END IF;
    closed := OLD;
    closed.is_active := false;
    IF OLD.is_active AND NEW IS NOT DISTINCT FROM closed THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'recommendation % was issued: it cannot be changed', OLD.id;
END
$$;

CREATE FUNCTION recommendation_part_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM recommendations r
        WHERE r.id = OLD.recommendation_id AND r.user_id IS NOT NULL
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE FUNCTION recommendation_rule_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER recommendations_final BEFORE UPDATE OR DELETE ON recommendations
FOR EACH ROW EXECUTE FUNCTION recommendation_is_final();
CREATE TRIGGER recommendation_closings_final
BEFORE UPDATE OR DELETE ON recommendation_closings
FOR EACH ROW EXECUTE FUNCTION recommendation_part_is_final();
CREATE TRIGGER recommendation_outcomes_final
BEFORE UPDATE OR DELETE ON recommendation_outcomes
FOR EACH ROW EXECUTE FUNCTION recommendation_part_is_final();
CREATE TRIGGER recommendation_ledger_final
BEFORE UPDATE OR DELETE ON recommendation_ledger
FOR EACH ROW EXECUTE FUNCTION recommendation_part_is_final();
CREATE TRIGGER recommendation_rules_final
BEFORE UPDATE OR DELETE ON recommendation_rules
FOR EACH ROW EXECUTE FUNCTION recommendation_rule_is_final();
"""

NOT_FINAL = """
DROP TRIGGER recommendation_rules_final ON recommendation_rules;
DROP TRIGGER recommendation_ledger_final ON recommendation_ledger;
DROP TRIGGER recommendation_outcomes_final ON recommendation_outcomes;
DROP TRIGGER recommendation_closings_final ON recommendation_closings;
DROP TRIGGER recommendations_final ON recommendations;
DROP FUNCTION recommendation_rule_is_final();
DROP FUNCTION recommendation_part_is_final();
DROP FUNCTION recommendation_is_final();
"""


def percent(**options):
    return models.DecimalField(max_digits=14, decimal_places=2, **options)


def of_recommendation(name, **options):
    return models.OneToOneField(
        on_delete=django.db.models.deletion.CASCADE,
        primary_key=True,
        related_name=name,
        serialize=False,
        to="recommendations.recommendation",
        **options,
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("cards", "0001_initial"),
        ("prices", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AdviceRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("name", models.SlugField(max_length=40)),
                ("version", models.SmallIntegerField()),
                ("title", models.CharField(max_length=80)),
                ("about", models.TextField()),
                ("parameters", models.JSONField()),
                ("proven", models.JSONField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "recommendation_rules",
                "ordering": ["name", "-version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["name", "version"], name="recommendation_rules_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Recommendation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("MARKET", "For everybody"),
                            ("OWNER", "For what one owns"),
                        ],
                        default="MARKET",
                        max_length=6,
                    ),
                ),
                ("scryfall_id", models.UUIDField()),
                (
                    "finish",
                    mtgintel.core.fields.EnumField(
                        choices=Finish.choices, enum_type="card_finish", max_length=63
                    ),
                ),
                ("currency", models.CharField(choices=Currency.choices, max_length=3)),
                (
                    "kind",
                    models.CharField(
                        choices=[("BUY", "Buy"), ("SELL", "Sell"), ("HOLD", "Hold")],
                        max_length=4,
                    ),
                ),
                ("horizon_days", models.SmallIntegerField()),
                ("issued_on", models.DateField()),
                ("due_on", models.DateField()),
                ("issued_at", models.DateTimeField()),
                ("is_replay", models.BooleanField()),
                ("is_experimental", models.BooleanField()),
                ("price", mtgintel.core.money.PriceField()),
                ("target", mtgintel.core.money.PriceField()),
                ("expected_net_percent", percent()),
                ("confidence", models.DecimalField(decimal_places=3, max_digits=4)),
                ("capacity", models.IntegerField(blank=True, null=True)),
                ("reasons", models.JSONField()),
                ("is_active", models.BooleanField(default=True)),
                (
                    "card",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="recommendations",
                        to="cards.card",
                    ),
                ),
                (
                    "marketplace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="prices.marketplace",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="recommendations.advicerule",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recommendations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "recommendations",
                "ordering": ["-issued_on", "-id"],
                "indexes": [
                    models.Index(
                        fields=["issued_on", "id"], name="recommendations_by_day"
                    ),
                    models.Index(fields=["due_on"], name="recommendations_by_due_day"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(is_active=True),
                        fields=SUBJECT,
                        name="recommendations_one_active",
                        nulls_distinct=False,
                    ),
                    models.UniqueConstraint(
                        fields=[*SUBJECT, "issued_on"],
                        name="recommendations_one_a_day",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=Q(tier="MARKET", user=None)
                        | Q(tier="OWNER", user__isnull=False),
                        name="recommendations_owner_has_user",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Closing",
            fields=[
                ("recommendation", of_recommendation("closing")),
                ("closed_on", models.DateField()),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("ENDED", "Its horizon is over"),
                            ("SUPERSEDED", "Another took its place"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="recommendations.recommendation",
                    ),
                ),
            ],
            options={"db_table": "recommendation_closings"},
        ),
        migrations.CreateModel(
            name="Outcome",
            fields=[
                ("recommendation", of_recommendation("outcome")),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("HIT", "Hit"),
                            ("MISS", "Miss"),
                            ("NO_DATA", "No data"),
                        ],
                        max_length=7,
                    ),
                ),
                ("scored_at", models.DateTimeField()),
                ("observed_on", models.DateField(null=True)),
                ("price", mtgintel.core.money.PriceField(null=True)),
                ("gross_percent", percent(null=True)),
                ("net_percent", percent(null=True)),
                ("peak_percent", percent(null=True)),
                ("drawdown_percent", percent(null=True)),
                ("index_percent", percent(null=True)),
                ("excess_percent", percent(null=True)),
                ("note", models.CharField(blank=True, max_length=120)),
            ],
            options={"db_table": "recommendation_outcomes"},
        ),
        migrations.CreateModel(
            name="LedgerLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("chain", models.CharField(max_length=24)),
                ("place", models.BigIntegerField()),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("ISSUED", "Issued"),
                            ("CLOSED", "Closed"),
                            ("SCORED", "Scored"),
                        ],
                        max_length=6,
                    ),
                ),
                ("hash", models.CharField(max_length=64)),
                (
                    "recommendation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="recommendations.recommendation",
                    ),
                ),
            ],
            options={
                "db_table": "recommendation_ledger",
                "ordering": ["chain", "place"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["chain", "place"], name="recommendation_ledger_place"
                    )
                ],
            },
        ),
        migrations.RunSQL(FINAL, NOT_FINAL),
    ]
