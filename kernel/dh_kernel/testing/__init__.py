"""Suites that every plug-in of an interface passes, ours and a stranger's: subclass one in a pytest module."""
