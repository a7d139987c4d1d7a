"""The only way out: one HTTP client with its network guard, robots.txt, politeness and vocabulary of outcomes."""
