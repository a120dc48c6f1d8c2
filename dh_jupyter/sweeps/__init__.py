"""Sweeps: the broker owns a study, its trials are runs. Nothing here is loaded before a sweep is asked for."""
