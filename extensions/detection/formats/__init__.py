"""From text to data, one format a module. A parser returns None for text that is not its format."""
