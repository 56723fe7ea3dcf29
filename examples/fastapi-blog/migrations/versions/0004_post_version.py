"""Version of a post, for the optimistic lock"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("posts", sa.Column("version", sa.Integer, server_default="1", nullable=False))


def downgrade() -> None:
    op.drop_column("posts", "version")
