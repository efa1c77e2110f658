"""What the questions and the rendered files need beyond the answers. Reads files, writes none."""

from .stack import Stack

__all__ = ["Stack"]
