"""The Celery application: `celery -A mtgintel worker|beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mtgintel.settings.dev")

app = Celery("mtgintel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# By name, since whoever imports anything of this package imports this module.
app.steps["consumer"].add("mtgintel.core.heartbeat:Heartbeat")
