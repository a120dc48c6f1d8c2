"""What code that was written for the `digitalhub` SDK finds in a run: its decorator, its arguments and its objects.

The SDK asks a server for everything; a run has none. So these objects have the SDK's names and answer from the run's folder,
and what is logged by them is written there, for the broker to register when the run ends.
"""
