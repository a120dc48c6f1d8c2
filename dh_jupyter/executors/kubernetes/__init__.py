"""The executor for Kubernetes: every attempt is a Job of its own. No controller of ours, and nothing to install there."""

from __future__ import annotations
