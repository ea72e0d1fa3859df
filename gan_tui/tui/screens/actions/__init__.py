"""Key handlers of the main screen."""
