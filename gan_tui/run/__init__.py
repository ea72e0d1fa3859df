"""What a run is: series, roles, objective."""
