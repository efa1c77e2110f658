"""What the tests share: rendering, environments of rendered projects, real databases."""
