"""HTTP under WSGI, as production serves it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mtgintel.settings.production")

application = get_wsgi_application()
