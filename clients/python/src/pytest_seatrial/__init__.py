"""The client of Seatrial's sessions for pytest. Standard library only."""

from .errors import SeatrialError
from .handle import Change, Seatrial
from .start import StartedService, start

__version__ = "0.1.0"
__all__ = ["Change", "Seatrial", "SeatrialError", "StartedService", "start"]
