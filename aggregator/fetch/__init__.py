"""The only way out: one HTTP client with its network guard, robots.txt, politeness and closed vocabulary of outcomes."""
