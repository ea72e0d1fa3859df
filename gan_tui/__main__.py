"""`python -m gan_tui`."""

from gan_tui.cli.main import run

if __name__ == "__main__":
    run()
