from decimal import Decimal

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import apps.alerts.models.deliveries
import mtgintel.core.fields
from mtgintel.core.constants import Condition, Currency, Finish, Language

KINDS = [
    ("PRICE", "Price level"),
    ("PERCENT", "Price move"),
    ("SPREAD", "Spread"),
    ("SIGNAL", "Signal"),
    ("RECOMMENDATION", "Recommendation"),
    ("WANT", "Want list"),
    ("STALE", "Stale stream"),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cards", "0003_sealed_products"),
        ("prices", "0010_stage_seconds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Alert",
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
                ("kind", models.CharField(choices=KINDS, max_length=14)),
                ("name", models.CharField(blank=True, default="", max_length=120)),
                (
                    "finish",
                    mtgintel.core.fields.EnumField(
                        blank=True,
                        choices=Finish.choices,
                        enum_type="card_finish",
                        max_length=63,
                        null=True,
                    ),
                ),
                (
                    "condition",
                    mtgintel.core.fields.EnumField(
                        blank=True,
                        choices=Condition.choices,
                        enum_type="card_condition",
                        max_length=63,
                        null=True,
                    ),
                ),
                (
                    "language",
                    mtgintel.core.fields.EnumField(
                        blank=True,
                        choices=Language.choices,
                        enum_type="card_language",
                        max_length=63,
                        null=True,
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        choices=Currency.choices, default="USD", max_length=3
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[
                            ("ABOVE", "at or above"),
                            ("BELOW", "at or below"),
                            ("EITHER", "either way"),
                        ],
                        default="ABOVE",
                        max_length=6,
                    ),
                ),
                (
                    "threshold",
                    models.DecimalField(
                        blank=True, decimal_places=3, max_digits=12, null=True
                    ),
                ),
                (
                    "hysteresis_percent",
                    models.DecimalField(
                        decimal_places=2, default=Decimal(2), max_digits=5
                    ),
                ),
                ("window", models.CharField(blank=True, default="", max_length=3)),
                (
                    "spread_kind",
                    models.CharField(blank=True, default="", max_length=12),
                ),
                (
                    "signal_kind",
                    models.CharField(blank=True, default="", max_length=20),
                ),
                ("advice_kind", models.CharField(blank=True, default="", max_length=4)),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("CARD", "One card"),
                            ("OWNED", "Cards you own"),
                            ("WANTED", "Cards you want"),
                            ("BOTH", "Cards you own or want"),
                        ],
                        default="CARD",
                        max_length=6,
                    ),
                ),
                (
                    "min_confidence",
                    models.DecimalField(
                        decimal_places=3, default=Decimal(0), max_digits=4
                    ),
                ),
                ("repeats", models.BooleanField(default=True)),
                ("by_mail", models.BooleanField(default=False)),
                ("by_webhook", models.BooleanField(default=False)),
                ("is_paused", models.BooleanField(default=False)),
                ("snoozed_until", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "card",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="cards.card",
                    ),
                ),
                (
                    "marketplace",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="prices.marketplace",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alerts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "alerts",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
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
                    "channel",
                    models.CharField(
                        choices=[("MAIL", "E-mail"), ("WEBHOOK", "Webhook")],
                        max_length=7,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("WAITING", "Waiting"),
                            ("SENDING", "Being sent"),
                            ("SENT", "Sent"),
                            ("FAILED", "Given up"),
                            ("DROPPED", "Not sent: switched off"),
                        ],
                        default="WAITING",
                        max_length=7,
                    ),
                ),
                (
                    "firing_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alert_deliveries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "db_table": "alert_deliveries",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
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
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("is_success", models.BooleanField()),
                ("code", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("error", models.CharField(blank=True, default="", max_length=300)),
                ("milliseconds", models.PositiveIntegerField(default=0)),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tries",
                        to="alerts.delivery",
                    ),
                ),
            ],
            options={
                "db_table": "alert_attempts",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="DeliverySettings",
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
                ("is_mail_on", models.BooleanField(default=True)),
                (
                    "webhook_url",
                    models.CharField(blank=True, default="", max_length=500),
                ),
                (
                    "webhook_secret",
                    models.CharField(
                        default=apps.alerts.models.deliveries.new_secret, max_length=64
                    ),
                ),
                ("webhook_failures", models.PositiveSmallIntegerField(default=0)),
                ("webhook_disabled_at", models.DateTimeField(blank=True, null=True)),
                ("time_zone", models.CharField(default="UTC", max_length=40)),
                ("quiet_from", models.TimeField(blank=True, null=True)),
                ("quiet_until", models.TimeField(blank=True, null=True)),
                (
                    "owner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alert_settings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "delivery settings",
                "db_table": "alert_settings",
            },
        ),
        migrations.CreateModel(
            name="Firing",
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
                ("subject", models.CharField(default="", max_length=60)),
                ("crossing", models.PositiveIntegerField()),
                ("kind", models.CharField(choices=KINDS, max_length=14)),
                ("title", models.CharField(max_length=400)),
                (
                    "value",
                    models.DecimalField(decimal_places=3, max_digits=14, null=True),
                ),
                (
                    "threshold",
                    models.DecimalField(decimal_places=3, max_digits=12, null=True),
                ),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                (
                    "marketplace",
                    models.CharField(blank=True, default="", max_length=40),
                ),
                ("as_of", models.DateTimeField(null=True)),
                ("is_test", models.BooleanField(default=False)),
                ("fired_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen_at", models.DateTimeField(null=True)),
                (
                    "alert",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="firings",
                        to="alerts.alert",
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="cards.card",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alert_firings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "alert_firings",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Watch",
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
                ("subject", models.CharField(default="", max_length=60)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ARMED", "Armed"),
                            ("FIRED", "Fired, until it has gone back"),
                            ("SPENT", "Fired"),
                        ],
                        default="ARMED",
                        max_length=5,
                    ),
                ),
                ("crossing", models.PositiveIntegerField(default=0)),
                ("seen_at", models.DateTimeField(null=True)),
                (
                    "alert",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watches",
                        to="alerts.alert",
                    ),
                ),
            ],
            options={
                "db_table": "alert_watches",
            },
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["kind"], name="alerts_by_kind"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status__in", ["WAITING", "SENDING"])),
                fields=["due_at"],
                name="alert_deliveries_due",
            ),
        ),
        migrations.AddIndex(
            model_name="firing",
            index=models.Index(fields=["owner", "-id"], name="alert_firings_newest"),
        ),
        migrations.AddIndex(
            model_name="firing",
            index=models.Index(
                condition=models.Q(("seen_at", None)),
                fields=["owner"],
                name="alert_firings_unseen",
            ),
        ),
        migrations.AddConstraint(
            model_name="firing",
            constraint=models.UniqueConstraint(
                fields=("alert", "subject", "crossing"), name="alert_fires_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="watch",
            constraint=models.UniqueConstraint(
                fields=("alert", "subject"), name="alert_watches_once"
            ),
        ),
    ]
