"""What the screen shows, frozen; no Textual."""
