"""Where evidence meets knowledge: findings, causes, repairs."""
