"""What is said without a screen: the JSON contract, text, printed charts, reports to take along."""
