"""`python -m gan_tui`."""

from gan_tui.cli import main

if __name__ == "__main__":
    main()
