"""What the questions and the rendered files need beyond the answers. Reads files, writes none."""

from .existing import ExistingProjects
from .stack import Stack

__all__ = ["ExistingProjects", "Stack"]
