"""What happens in a pod: `python worker.pyz --pod job.json [TERMINATION_LOG]`, the container's first process.

`main` leads through the phases: `code` fetches and checks the attempt's files, `environment` decides what is to be
installed, `supervise` runs the worker as a child and tells what is live (`channel`), `deliver` hands over what came out.
Standard library only, Python >= 3.9; the cluster, the broker and credentials are unknown here.
"""
