"""Networks that no library has, and inferers that their bundles name."""
