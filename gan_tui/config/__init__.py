"""Settings, and state kept between starts."""
