"""The executor for Kubernetes: every attempt is a Job of its own. No controller of ours, and nothing to install there.

`executor` is what the entry point names; nothing is imported here, since the settings alone are needed where there is no cluster.
"""
