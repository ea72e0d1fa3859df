"""The command line: commands, options, error handling and exit codes."""
