"""What a request of a rendered service costs, beside the least that it could cost."""
