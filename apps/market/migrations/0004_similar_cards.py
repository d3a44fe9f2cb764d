from typing import Any

from django.db import migrations, transaction
from django.db.utils import ProgrammingError

from mtgintel.core.timescale.operations import DatabaseOperation

# The bytes are those of pgvector's binary format either way (vector_send): they are
# written alike, and a server that gets the extension later can turn one into the other.
TABLE = """
    CREATE TABLE card_vectors (
        oracle_id uuid PRIMARY KEY,
        card_id integer NOT NULL,
        components {kind} NOT NULL,
        currency varchar(3) NOT NULL,
        price integer,
        return_7d real,
        return_30d real,
        return_90d real,
        volatility real
    )
"""
# One row: what the vectors were made with.
BUILD = """
    CREATE TABLE card_vector_builds (
        id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
        version smallint NOT NULL,
        built_at timestamptz NOT NULL,
        cards integer NOT NULL,
        catalogue varchar(80) NOT NULL,
        idf bytea NOT NULL
    )
"""


class CreateCardVectors(DatabaseOperation):
    """The vectors of cards, as pgvector's type where the server has it.

    Going back leaves the extension in place: other schemas may use it.
    """

    def forwards(self, editor: Any) -> None:
        kind = "vector(134)" if self._has_vectors(editor.connection) else "bytea"
        editor.execute(TABLE.format(kind=kind))
        editor.execute(BUILD)

    def backwards(self, editor: Any) -> None:
        editor.execute("DROP TABLE card_vectors")
        editor.execute("DROP TABLE card_vector_builds")

    def describe(self) -> str:
        return "Creates the vectors of cards"

    def _has_vectors(self, connection: Any) -> bool:
        """Enables pgvector if the server has it and lets us."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"
            )
            if cursor.fetchone() is None:
                return False
            try:
                with transaction.atomic(using=connection.alias):
                    cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
            except ProgrammingError:
                # Insufficient privilege: the exact fallback needs none.
                return False
        return True


class Migration(migrations.Migration):
    dependencies = [("market", "0003_spreads")]

    operations = [CreateCardVectors()]
