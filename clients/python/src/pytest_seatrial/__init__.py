"""The client of Seatrial's sessions for pytest. Standard library only."""

__version__ = "0.1.0"
