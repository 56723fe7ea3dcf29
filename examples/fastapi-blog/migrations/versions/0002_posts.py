"""Posts"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "posts",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("author_id", sa.BigInteger, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="posts_author_id_fkey", ondelete="CASCADE"),
        sa.UniqueConstraint("slug", name="posts_slug_key"),
        sa.CheckConstraint("length(trim(title)) > 0", name="posts_title_check"),
    )
    op.create_index("posts_author_id_idx", "posts", ["author_id"])


def downgrade() -> None:
    op.drop_table("posts")
