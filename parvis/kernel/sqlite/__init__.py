"""Django's SQLite backend with a turnstile for writers (base.py)."""
