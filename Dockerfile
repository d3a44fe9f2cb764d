# One image for every service; docker-compose.yml says which command each runs.
FROM python:3.12-slim-trixie AS build
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt

FROM python:3.12-slim-trixie
# For backups: of the same major version as the database's image.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home --uid 10001 mtgintel
COPY --from=build /venv /venv
WORKDIR /app
COPY --chown=mtgintel:mtgintel manage.py ./
COPY --chown=mtgintel:mtgintel mtgintel ./mtgintel
COPY --chown=mtgintel:mtgintel apps ./apps
COPY --chown=mtgintel:mtgintel templates ./templates
COPY --chown=mtgintel:mtgintel static ./static
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=mtgintel.settings.production \
    MTGINTEL_DATA_DIR=/data
RUN mkdir /data && chown mtgintel:mtgintel /data /app
USER mtgintel
# The addresses satisfy the settings; collecting files connects to nothing.
RUN SECRET_KEY=build ALLOWED_HOSTS=build DATABASE_URL=postgres://build/build \
    REDIS_URL=redis://build CACHE_REDIS_URL=redis://build \
    python manage.py collectstatic --noinput
VOLUME /data
CMD ["gunicorn", "mtgintel.wsgi:application", "--bind", "0.0.0.0:8000"]
