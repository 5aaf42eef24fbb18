"""One file per command: HELP, arguments(parser, data), run(options)."""
