"""Which stack an existing project is written in and with, with the evidence for each answer."""

from .detection import detect
from .evidence import Answer, Report, Status, Strength

__all__ = ["Answer", "Report", "Status", "Strength", "detect"]
