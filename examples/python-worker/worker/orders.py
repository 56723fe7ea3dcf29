import json
from dataclasses import dataclass


class MalformedOrder(ValueError):
    """It will never be an order, however often it is tried."""


@dataclass(frozen=True)
class Order:
    id: str
    customer: str
    total_cents: int
    ship_to: str | None
    """A country; None when the customer comes for it."""

    @classmethod
    def from_json(cls, body: bytes) -> "Order":
        try:
            told = json.loads(body)
            total = sum(line["quantity"] * line["priceCents"] for line in told["lines"])
            return cls(id=told["id"], customer=told["customer"], total_cents=total, ship_to=told.get("shipTo"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MalformedOrder(f"{type(error).__name__}: {error}") from error
