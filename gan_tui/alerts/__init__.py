"""Alerts: report a badge once each time a run gets it, without ever blocking the monitor."""
