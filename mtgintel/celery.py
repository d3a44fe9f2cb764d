"""The Celery application: `celery -A mtgintel worker|beat`."""

import os

from celery import Celery

from mtgintel.core.heartbeat import Heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mtgintel.settings.dev")

app = Celery("mtgintel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add(Heartbeat)
