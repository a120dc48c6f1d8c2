"""The HTTP routes under `/dh`: parse, call one method of the broker's parts, answer. `routes.py` has the table."""
