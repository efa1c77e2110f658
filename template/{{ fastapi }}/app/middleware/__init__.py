"""Pure ASGI middleware; `app.main` puts it together, the outermost first."""
